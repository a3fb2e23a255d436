module ctx4j/benchmarks

go 1.20
