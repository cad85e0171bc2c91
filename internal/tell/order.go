package tell

import (
	"context"
	"errors"
	"slices"
	"strings"
)

// What may be asked for: the words that live knows, too.
const (
	doRestart = "restart"
	doRebuild = "rebuild"
	doStop    = "stop"
	doStatus  = "status"
	doProfile = "profile" // with a name
	doStart   = "start"   // with a program
	doLogs    = "logs"    // with a program
)

// oneOfMany are what may be asked of one of several programs.
var oneOfMany = []string{doRestart, doRebuild, doStop, doStart, doLogs}

// An Order is the value of -tell: what is to be asked for. The zero Order is nothing.
type Order struct {
	Do      string
	Profile string // with doProfile
	Program string // of several; "" for all
	Follow  bool   // with doLogs: go on until gorun ends
	JSON    bool   // with doStatus: it is wanted as JSON
}

func (o *Order) String() string {
	switch {
	case o.Profile != "":
		return o.Do + "=" + o.Profile
	case o.Follow:
		return o.Do + "=" + o.Program + follow
	case o.Program != "":
		return o.Do + "=" + o.Program
	case o.JSON:
		return o.Do + "=json"
	}
	return o.Do
}

// follow stands behind the program of doLogs.
const follow = ",follow"

// Set sets the order to one of the words, with what belongs to it after a "=".
func (o *Order) Set(s string) error {
	do, value, has := strings.Cut(s, "=")
	switch {
	case !has && slices.Contains([]string{doRestart, doRebuild, doStop, doStatus}, do):
		*o = Order{Do: do}
	case do == doStatus && value == "json":
		*o = Order{Do: do, JSON: true}
	case do == doProfile && value != "":
		*o = Order{Do: do, Profile: value}
	case slices.Contains(oneOfMany, do) && value != "" && !strings.Contains(strings.TrimSuffix(value, follow), ","):
		name, following := strings.CutSuffix(value, follow)
		if name == "" || following && do != doLogs {
			return errUnknownOrder
		}
		*o = Order{Do: do, Program: name, Follow: following}
	default:
		return errUnknownOrder
	}
	return nil
}

var errUnknownOrder = errors.New("must be one of restart, rebuild, stop, status, status=json, profile=NAME, or, " +
	"of one of several programs, restart=NAME, rebuild=NAME, stop=NAME, start=NAME, logs=NAME, logs=NAME,follow")

// Order asks a gorun for something and waits for what comes of it: of its end until its
// process is gone. That may take as long as a build takes, but only while the gorun is
// seen to do something; the error is else a [*SilentError].
func (f Found) Order(ctx context.Context, o Order) (Reply, error) { return f.order(ctx, o, usualPace) }

// Logs hands the last lines of a program to print, and where the order says so each one that
// comes, until ctx or the gorun ends.
func (f Found) Logs(ctx context.Context, o Order, print func(line string)) (Reply, error) {
	r := Request{Do: o.Do, Program: o.Program}
	for {
		reply, err := f.Ask(ctx, r)
		if err != nil && r.After > 0 && ctx.Err() == nil {
			return Reply{}, nil // it has ended
		}
		if err != nil || reply.Error != "" {
			return reply, err
		}
		for _, line := range reply.Lines {
			print(line)
		}
		if !o.Follow {
			return reply, nil
		}
		r.After = max(reply.Number, 1)
	}
}

func (f Found) order(ctx context.Context, o Order, pace pace) (Reply, error) {
	ctx, done := f.whileAlive(ctx, pace)
	defer done()
	r := Request{Do: o.Do, Profile: o.Profile, Program: o.Program}
	ask := f.Ask
	if o.Do == doStop && o.Program == "" {
		ask = f.AskLast
	}
	reply, err := ask(ctx, r)
	if silent, ok := errors.AsType[*SilentError](context.Cause(ctx)); ok && err != nil {
		return reply, silent
	}
	return reply, err
}
