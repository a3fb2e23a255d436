module ctx4j/contexts

go 1.26.0
