package procgroup

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/gorun-dev/gorun/internal/priority"
	"github.com/gorun-dev/gorun/internal/startfailure"
)

// Windows: no keeper. The program and all it starts are in a job object that
// ends with the last handle to it, which is gorun's (KILL_ON_JOB_CLOSE). The
// program is put into it while it is suspended, before its first instruction.
//
// The program has a console process group of its own, because CTRL_BREAK, which
// a Go program sees as os.Interrupt, can be sent to a group only. The console's
// CTRL_C does not reach it then, and is forwarded as CTRL_BREAK. Written from
// the documentation and not tried on a machine.

const (
	// killedCode is the exit code of a job that was ended by force.
	killedCode = 128 + 9
	// jobAgain is how often it is checked whether a job is empty.
	jobAgain = 20 * time.Millisecond
)

var ntResumeProcess = windows.NewLazySystemDLL("ntdll.dll").NewProc("NtResumeProcess")

type jobLink struct {
	process *os.Process
	report  chan fact // closed by wait
	killed  atomic.Bool
	release chan struct{} // closed by order, once
	once    sync.Once

	mu  sync.Mutex     // guards job against its close
	job windows.Handle // 0 when closed
}

// HasTerminal is whether programs share this process's group; here they never do.
func HasTerminal() bool { return false }

// SignalName is "SIGTERM" and the like.
func SignalName(sig syscall.Signal) string {
	switch sig {
	case syscall.SIGINT:
		return "SIGINT"
	case syscall.SIGTERM:
		return "SIGTERM"
	case syscall.SIGKILL:
		return "SIGKILL"
	}
	return sig.String()
}

func start(spec Spec) (link, int, error) {
	job, err := newJob()
	if err != nil {
		return nil, 0, startfailure.Undiagnosed(spec.Path, err)
	}
	flags := uint32(windows.CREATE_SUSPENDED | windows.CREATE_NEW_PROCESS_GROUP)
	switch spec.Priority {
	case priority.Behind:
		flags |= windows.BELOW_NORMAL_PRIORITY_CLASS
	case priority.Idle:
		flags |= windows.IDLE_PRIORITY_CLASS
	}
	p, err := os.StartProcess(spec.Path, spec.Args, &os.ProcAttr{
		Dir: spec.Dir, Env: spec.Env,
		Files: []*os.File{spec.Stdin, spec.Stdout, spec.Stderr},
		Sys:   &syscall.SysProcAttr{CreationFlags: flags},
	})
	if err != nil {
		windows.CloseHandle(job)
		return nil, 0, startfailure.Diagnose(spec.Path, spec.Dir, err)
	}
	var joinErr error
	handleErr := p.WithHandle(func(h uintptr) {
		if joinErr = windows.AssignProcessToJobObject(job, windows.Handle(h)); joinErr != nil {
			return
		}
		if status, _, _ := ntResumeProcess.Call(h); status != 0 {
			joinErr = windows.NTStatus(status)
		}
	})
	if err := errors.Join(handleErr, joinErr); err != nil {
		_ = p.Kill()
		_, _ = p.Wait()
		windows.CloseHandle(job)
		return nil, 0, startfailure.Undiagnosed(spec.Path, fmt.Errorf("job object: %w", err))
	}
	l := &jobLink{process: p, job: job, report: make(chan fact), release: make(chan struct{})}
	go l.wait()
	return l, p.Pid, nil
}

func newJob() (windows.Handle, error) {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return 0, os.NewSyscallError("CreateJobObject", err)
	}
	if err := limit(job, windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE); err != nil {
		windows.CloseHandle(job)
		return 0, err
	}
	return job, nil
}

func limit(job windows.Handle, flags uint32) error {
	var info windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION
	info.BasicLimitInformation.LimitFlags = flags
	_, err := windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)))
	return os.NewSyscallError("SetInformationJobObject", err)
}

// accounting is JOBOBJECT_BASIC_ACCOUNTING_INFORMATION.
type accounting struct {
	totalUser, totalKernel, periodUser, periodKernel int64
	faults, total, active, terminated                uint32
}

func (l *jobLink) empty() bool {
	var a accounting
	err := windows.QueryInformationJobObject(l.job, windows.JobObjectBasicAccountingInformation,
		uintptr(unsafe.Pointer(&a)), uint32(unsafe.Sizeof(a)), nil)
	return err != nil || a.active == 0
}

func (l *jobLink) wait() {
	defer close(l.report)
	f := fact{kind: factEnded}
	if st, err := l.process.Wait(); err == nil {
		f.outcome.Code = st.ExitCode()
	} else {
		f.outcome.Lost = true
	}
	if l.killed.Load() && f.outcome.Code == killedCode {
		f.outcome = Outcome{Signal: syscall.SIGKILL}
	}
	f.rest = !l.empty()
	l.report <- f
	again := time.NewTicker(jobAgain)
	defer again.Stop()
	for rest := f.rest; rest; rest = !l.empty() {
		select {
		case <-l.release:
			_ = limit(l.job, 0)
			l.close()
			return
		case <-again.C:
		}
	}
	l.close()
	l.report <- fact{kind: factGone}
}

func (l *jobLink) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	windows.CloseHandle(l.job)
	l.job = 0
}

func (l *jobLink) facts() <-chan fact { return l.report }

func (l *jobLink) order(v verb, sig syscall.Signal) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.job == 0:
	case v == verbRelease:
		l.once.Do(func() { close(l.release) })
	case v == verbKill, sig == syscall.SIGKILL:
		l.killed.Store(true)
		_ = windows.TerminateJobObject(l.job, killedCode)
	default:
		// It fails where there is no console; then the grace ends in a kill.
		_ = windows.GenerateConsoleCtrlEvent(windows.CTRL_BREAK_EVENT, uint32(l.process.Pid))
	}
}
