// Go's own context under the programs of RandomProgram: reads them from its standard input, a step a line, and says
// after each step what can be seen. Its lines begin with "> ", to tell them from those of "go test".
package contexts

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"sort"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

type key int

const keys = 3

// contexts is what a program has made so far.
type contexts struct {
	start  time.Time
	all    []context.Context
	cancel []context.CancelCauseFunc // nil: without the power
	stops  []func() bool
	seen   []string
	mu     sync.Mutex
	fired  []string
}

func Test(t *testing.T) {
	in := bufio.NewScanner(os.Stdin)
	var program []string
	for in.Scan() {
		if line := in.Text(); line != "run" {
			program = append(program, line)
			continue
		}
		steps := program
		program = nil
		synctest.Test(t, func(t *testing.T) { run(steps) }) // its time is virtual, and begins with the year 2000
		fmt.Println("> over")
	}
}

func run(steps []string) {
	c := &contexts{start: time.Now()}
	c.add(context.Background(), nil)
	c.seen[0] = c.state(0)
	for i, step := range steps {
		fmt.Printf("> step %d\n", i)
		c.step(step)
		synctest.Wait()
		sort.Strings(c.fired)
		for _, line := range c.fired {
			fmt.Println("> " + line)
		}
		c.fired = nil
		for n := range c.all {
			if now := c.state(n); now != c.seen[n] {
				c.seen[n] = now
				fmt.Printf("> node %d %s\n", n, now)
			}
		}
	}
	for _, cancel := range c.cancel {
		if cancel != nil {
			cancel(nil)
		}
	}
}

func (c *contexts) add(ctx context.Context, cancel context.CancelCauseFunc) {
	c.all = append(c.all, ctx)
	c.cancel = append(c.cancel, cancel)
	c.seen = append(c.seen, "")
}

func plain(cancel context.CancelFunc) context.CancelCauseFunc {
	return func(error) { cancel() }
}

func cause(n int) error {
	if n == 0 {
		return nil
	}
	return fmt.Errorf("c%d", n)
}

func (c *contexts) step(line string) {
	var op string
	var on, other, why int
	var nanos int64
	if _, err := fmt.Sscan(line, &op, &on, &other, &nanos, &why); err != nil {
		panic(err)
	}
	d := time.Duration(nanos)
	switch op {
	case "CANCEL":
		c.add(context.WithCancelCause(c.all[on]))
	case "TIMEOUT":
		ctx, cancel := context.WithTimeoutCause(c.all[on], d, cause(why))
		c.add(ctx, plain(cancel))
	case "DEADLINE":
		ctx, cancel := context.WithDeadlineCause(c.all[on], c.start.Add(d), cause(why))
		c.add(ctx, plain(cancel))
	case "MARGIN":
		if deadline, ok := c.all[on].Deadline(); ok {
			ctx, cancel := context.WithDeadline(c.all[on], deadline.Add(-d))
			c.add(ctx, plain(cancel))
		} else {
			c.add(context.WithCancelCause(c.all[on]))
		}
	case "VALUE":
		var value any
		if nanos != 0 {
			value = nanos
		}
		c.add(context.WithValue(c.all[on], key(other), value), nil)
	case "NAME":
		c.add(c.all[on], c.cancel[on])
	case "DETACH":
		c.add(context.WithoutCancel(c.all[on]), nil)
	case "CALLBACK":
		c.after(on, func() {})
	case "ENDING":
		c.after(on, func() { c.end(other, why) })
	case "STOP":
		fmt.Printf("> stopped %t\n", c.stops[on]())
	case "END":
		c.end(on, why)
	case "ADVANCE":
		time.Sleep(d)
	default:
		panic(op)
	}
}

func (c *contexts) after(on int, action func()) {
	id := len(c.stops)
	c.stops = append(c.stops, context.AfterFunc(c.all[on], func() {
		c.mu.Lock()
		c.fired = append(c.fired, fmt.Sprintf("fired %03d", id))
		c.mu.Unlock()
		action()
	}))
}

func (c *contexts) end(n int, why int) {
	if c.cancel[n] != nil {
		c.cancel[n](cause(why))
	}
}

func (c *contexts) state(n int) string {
	ctx := c.all[n]
	var out strings.Builder
	switch err := ctx.Err(); {
	case err == nil:
		out.WriteString("live -")
	default:
		if errors.Is(err, context.DeadlineExceeded) {
			out.WriteString("exceeded ")
		} else {
			out.WriteString("canceled ")
		}
		if why := context.Cause(ctx); why == err {
			out.WriteString("err")
		} else {
			out.WriteString(why.Error())
		}
	}
	if deadline, ok := ctx.Deadline(); ok {
		fmt.Fprintf(&out, " %d", deadline.Sub(c.start).Nanoseconds())
	} else {
		out.WriteString(" -")
	}
	if ctx.Done() == nil {
		out.WriteString(" never")
	}
	for k := range keys {
		if value := ctx.Value(key(k)); value == nil {
			out.WriteString(" -")
		} else {
			fmt.Fprintf(&out, " %d", value)
		}
	}
	return out.String()
}
