// Command grpc is a gRPC server and its client, unmodified: the health service
// that comes with the library, and a default client.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
)

// serve ADDRESS [graceful], or call ADDRESS until the end of standard input.
func main() {
	if os.Args[1] == "call" {
		call(os.Args[2])
		return
	}
	l, err := net.Listen("tcp", os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	s := grpc.NewServer()
	grpc_health_v1.RegisterHealthServer(s, health.NewServer())
	if len(os.Args) > 3 {
		stop := make(chan os.Signal, 1)
		signal.Notify(stop, syscall.SIGTERM)
		go func() {
			<-stop
			s.GracefulStop()
		}()
	}
	if err := s.Serve(l); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func call(address string) {
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		panic(err)
	}
	client := grpc_health_v1.NewHealthClient(conn)
	var ok, failed atomic.Int64
	var over atomic.Bool
	var callers sync.WaitGroup // 8
	for range 8 {
		callers.Go(func() {
			for !over.Load() {
				ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
				_, err := client.Check(ctx, &grpc_health_v1.HealthCheckRequest{})
				cancel()
				if err != nil {
					failed.Add(1)
					fmt.Fprintln(os.Stderr, err)
				} else if ok.Add(1)%1000 == 0 {
					fmt.Println("thousand")
				}
			}
		})
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
	over.Store(true)
	callers.Wait()
	fmt.Println(ok.Load(), "ok", failed.Load(), "failed")
}
