package ready

import "github.com/gorun-dev/gorun/exec"

// A Program is a running program with what says that it is ready.
type Program struct {
	*exec.Program
	watch *Watch // nil without a probe
}

// A Redirect has the last word on what a program prints to. started is called when it was started; with nil if
// that has failed.
type Redirect func(exec.Spec) (to exec.Spec, started func(*exec.Program), err error)

// Start starts a program, which a probe watches, nil for none.
func Start(spec exec.Spec, probe *Probe, redirect Redirect) (Program, error) {
	var p Program
	if probe != nil {
		p.watch = probe.Watch()
		spec.Ready = p.watch.Await
		spec.Lines = p.watch.Lines()
	}
	spec, started, err := redirect(spec)
	if err != nil {
		return p, err
	}
	p.Program, err = exec.Start(spec)
	started(p.Program)
	return p, err
}

// Missing says what the program has not done, if it is not ready.
func (p Program) Missing() string {
	if p.watch == nil {
		return ""
	}
	return p.watch.Missing()
}
