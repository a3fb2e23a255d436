//go:build !unix

package benchmarks

// cpuNanos is not known here.
func cpuNanos() int64 {
	return 0
}
