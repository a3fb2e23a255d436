// A peer for the tests: gRPC as Go speaks it, with a codec that passes bytes on, so that no code is generated.
//
//	peer serve                                   prints its port, then a line for each call that has ended
//	peer call ADDRESS METHOD TIMEOUT_MS          makes one call, and prints how it ended; 0: no deadline; canceled with its input
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
)

type raw struct{}

func (raw) Marshal(v any) ([]byte, error) { return *v.(*[]byte), nil }
func (raw) Unmarshal(data []byte, v any) error {
	*v.(*[]byte) = append([]byte(nil), data...)
	return nil
}
func (raw) Name() string { return "proto" }

func main() {
	if os.Args[1] == "serve" {
		serve()
	} else {
		call(os.Args[2], os.Args[3], millis(os.Args[4]))
	}
}

func millis(text string) time.Duration {
	n, err := strconv.Atoi(text)
	if err != nil {
		panic(err)
	}
	return time.Duration(n) * time.Millisecond
}

// left is what remains of a context's deadline in milliseconds; -1: it has none.
func left(ctx context.Context) int64 {
	deadline, ok := ctx.Deadline()
	if !ok {
		return -1
	}
	return time.Until(deadline).Milliseconds()
}

// serve answers "echo" at once with what is left, and any other request when its context is done.
func serve() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	server := grpc.NewServer(grpc.ForceServerCodec(raw{}), grpc.UnknownServiceHandler(handle))
	go func() { // ends with the test that has started it
		io.Copy(io.Discard, os.Stdin)
		server.Stop()
	}()
	if err := server.Serve(listener); err != nil {
		panic(err)
	}
}

func handle(_ any, stream grpc.ServerStream) error {
	ctx := stream.Context()
	var request []byte
	if err := stream.RecvMsg(&request); err != nil {
		return err
	}
	answer := []byte(strconv.FormatInt(left(ctx), 10))
	if string(request) == "echo" {
		return stream.SendMsg(&answer)
	}
	fmt.Printf("left %s\n", answer)
	<-ctx.Done()
	fmt.Printf("ended %v\n", ctx.Err())
	return status.FromContextError(ctx.Err()).Err()
}

func call(address, method string, timeout time.Duration) {
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(raw{})))
	if err != nil {
		panic(err)
	}
	defer connection.Close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if timeout > 0 {
		ctx, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	go func() {
		io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	request, answer := []byte("from go"), []byte(nil)
	started := time.Now()
	err = connection.Invoke(ctx, method, &request, &answer)
	code := status.Code(err)
	if errors.Is(err, io.EOF) {
		panic(err)
	}
	fmt.Printf("%s %s after %d ms\n", code, answer, time.Since(started).Milliseconds())
}
