package startcache

import (
	"context"
	"testing"
	"time"
)

func TestClaim(t *testing.T) {
	x, k, _ := newIndex(t)
	first, err := x.Claim(t.Context(), k)
	if err != nil || first == nil {
		t.Fatalf("%v, %v", first, err)
	}
	if second, err := x.TryClaim(k); second != nil || err != nil {
		t.Fatalf("a second claim: %v, %v", second, err)
	}
	if Awaited(first.File) {
		t.Error("one that does not wait is waited for")
	}
	time.AfterFunc(20*time.Millisecond, first.Close)
	if c, err := x.Claim(t.Context(), k); c != nil || err != nil {
		t.Errorf("whoever has waited must not build as if first: %v, %v", c, err)
	}
	third, err := x.Claim(t.Context(), k)
	if err != nil || third == nil {
		t.Fatalf("after all: %v, %v", third, err)
	}
	third.Close()
}

// The build is waited for, the record only for as long as some builds would take.
func TestClaimOfRecorder(t *testing.T) {
	x, k, _ := newIndex(t)
	first, err := x.Claim(t.Context(), k)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	ctx, cancel := context.WithTimeout(t.Context(), recordPatience+time.Second)
	defer cancel()
	if c, err := x.Claim(ctx, k); c != nil || err != nil || ctx.Err() == nil {
		t.Errorf("during the build: %v, %v, context %v; want to wait", c, err, ctx.Err())
	}
	if !Awaited(first.File) {
		t.Error("nobody knows that one has waited")
	}
	const took = time.Second
	first.since = time.Now().Add(-took)
	if err := first.Built(); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	ctx, cancel = context.WithTimeout(t.Context(), claimPatience/2)
	defer cancel()
	if c, err := x.Claim(ctx, k); c != nil || err != nil || ctx.Err() != nil {
		t.Errorf("after the build: %v, %v, context %v; want to go on", c, err, ctx.Err())
	}
	if !Awaited(first.File) {
		t.Error("the end of the build makes it forgotten that one waits")
	}
	if waited := time.Since(begin); waited < recordBuilds*took {
		t.Errorf("waited for %v after a build of %v", waited, took)
	}
	begin = time.Now()
	if c, err := x.Claim(ctx, k); c != nil || err != nil || time.Since(begin) > recordPatience {
		t.Errorf("after another has waited in vain: %v, %v, after %v; want to go on at once", c, err, time.Since(begin))
	}
	first.Close()
	again, err := x.Claim(t.Context(), k)
	if err != nil || again == nil {
		t.Fatalf("the claim is free: %v, %v", again, err)
	}
	defer again.Close()
	if _, ok := buildTime(again.File); ok {
		t.Error("a new claim is that of a build which is over")
	}
	if Awaited(again.File) || marked(again.File, inVainAt) {
		t.Error("a new claim is waited for by those who waited for the last")
	}
}
