//go:build unix

package benchmarks

import "syscall"

// cpuNanos is the CPU time that this process has taken, all its threads together.
func cpuNanos() int64 {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return usage.Utime.Nano() + usage.Stime.Nano()
}
