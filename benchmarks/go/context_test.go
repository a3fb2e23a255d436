// Package benchmarks measures what Go's own context costs, beside ctx4j: the same operations, one goroutine.
package benchmarks

import (
	"context"
	"sync"
	"testing"
	"time"
)

var sink interface{}

// measure runs op b.N times and reports its CPU time beside the time that passes.
func measure(b *testing.B, op func()) {
	b.ReportAllocs()
	b.ResetTimer()
	start := cpuNanos()
	for i := 0; i < b.N; i++ {
		op()
	}
	if cpu := cpuNanos() - start; cpu > 0 {
		b.ReportMetric(float64(cpu)/float64(b.N), "cpu-ns/op")
	}
}

func BenchmarkDeriveCancel(b *testing.B) {
	parent, stop := context.WithCancel(context.Background())
	defer stop()
	measure(b, func() {
		ctx, cancel := context.WithCancel(parent)
		sink = ctx
		cancel()
	})
}

// One op cancels a parent; the figure that counts is ns/child.
func BenchmarkCancelChildren(b *testing.B) {
	const children = 1000000
	var cpu int64
	for i := 0; i < b.N; i++ {
		b.StopTimer()
		parent, cancel := context.WithCancel(context.Background())
		all := make([]context.Context, children)
		for c := range all {
			child, stop := context.WithCancel(parent)
			_ = stop
			all[c] = child
		}
		b.StartTimer()
		start := cpuNanos()
		cancel()
		cpu += cpuNanos() - start
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/children, "ns/child")
	if cpu > 0 {
		b.ReportMetric(float64(cpu)/float64(b.N)/children, "cpu-ns/child")
	}
}

type key int

func depth100() context.Context {
	ctx := context.Background()
	for i := 0; i < 100; i++ {
		ctx = context.WithValue(ctx, key(i), i)
	}
	return ctx
}

func BenchmarkValueHit(b *testing.B) {
	ctx := depth100()
	measure(b, func() {
		sink = ctx.Value(key(0))
	})
}

func BenchmarkValueMiss(b *testing.B) {
	ctx := depth100()
	measure(b, func() {
		sink = ctx.Value(key(-1))
	})
}

func BenchmarkErrLayers(b *testing.B) {
	parent, stop := context.WithCancel(context.Background())
	defer stop()
	ctx := context.Context(parent)
	for i := 0; i < 100; i++ {
		ctx = context.WithValue(ctx, key(i), i)
	}
	measure(b, func() {
		sink = ctx.Err()
	})
}

var others sync.Once

// With 400,000 others alive, from here on: so it stands last.
func BenchmarkTimeoutCancel(b *testing.B) {
	others.Do(func() {
		for i := 0; i < 400000; i++ {
			_, cancel := context.WithTimeout(context.Background(), time.Hour)
			_ = cancel // alive for an hour
		}
	})
	measure(b, func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
		sink = ctx
		cancel()
	})
}
