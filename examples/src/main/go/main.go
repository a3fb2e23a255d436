// A client of the inventory service in Go: its context's deadline ends the statement behind a service in Java.
//
//	client ADDRESS SECONDS TIMEOUT_MS            asks for a count that takes SECONDS, and says how that ended
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
)

// text is the codec of messages that are text: with protoc they would have generated code instead.
type text struct{}

func (text) Marshal(v any) ([]byte, error) { return []byte(*v.(*string)), nil }

func (text) Unmarshal(data []byte, v any) error {
	*v.(*string) = string(data)
	return nil
}

func (text) Name() string { return "proto" }

func main() {
	address, seconds := os.Args[1], os.Args[2]
	millis, err := strconv.Atoi(os.Args[3])
	check(err)
	inventory, err := grpc.NewClient(address,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(text{})))
	check(err)
	defer inventory.Close()

	started := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(millis)*time.Millisecond)
	defer cancel()
	var items string
	err = inventory.Invoke(ctx, "/ctx4j.examples.Inventory/Count", &seconds, &items)
	fmt.Println(status.Code(err), "after", time.Since(started).Milliseconds(), "ms")
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
