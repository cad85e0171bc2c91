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
)

// An Order is the value of -tell: what is to be asked for. The zero Order is nothing.
type Order struct {
	Do      string
	Profile string // with doProfile
	JSON    bool   // with doStatus: it is wanted as JSON
}

func (o *Order) String() string {
	switch {
	case o.Profile != "":
		return o.Do + "=" + o.Profile
	case o.JSON:
		return o.Do + "=json"
	}
	return o.Do
}

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
	default:
		return errors.New("must be one of restart, rebuild, stop, status, status=json, profile=NAME")
	}
	return nil
}

// Order asks a gorun for something and waits for what comes of it: of its end until its
// process is gone. That may take as long as a build takes, but only while the gorun is
// seen to do something; the error is else a [*SilentError].
func (f Found) Order(ctx context.Context, o Order) (Reply, error) { return f.order(ctx, o, usualPace) }

func (f Found) order(ctx context.Context, o Order, pace pace) (Reply, error) {
	ctx, done := f.whileAlive(ctx, pace)
	defer done()
	r := Request{Do: o.Do, Profile: o.Profile}
	ask := f.Ask
	if o.Do == doStop {
		ask = f.AskLast
	}
	reply, err := ask(ctx, r)
	if silent, ok := errors.AsType[*SilentError](context.Cause(ctx)); ok && err != nil {
		return reply, silent
	}
	return reply, err
}
