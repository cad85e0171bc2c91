package generate

import "github.com/gorun-dev/gorun/internal/live"

// Steps are a Generator as the loop wants it; nil where nothing is ever generated.
type Steps struct{ *Generator }

func (s *Steps) Close() {
	if s != nil {
		s.Generator.Close()
	}
}

// Live is the loop's; a nil interface where nothing is ever generated.
func (s *Steps) Live() live.Generator {
	if s == nil {
		return nil
	}
	return s
}

func (s *Steps) Follow(next live.Graph) {
	if next, ok := next.(live.PackageGraph); ok {
		s.Generator.Follow(next.Graph)
	}
}

func (s *Steps) Start() live.Step { return step(s.Generator.Start()) }

func (s *Steps) StartUnknown() live.Step { return step(s.Generator.StartUnknown()) }

// step returns a run of directives as a step before a build; a nil interface for none.
func step(r *Run) live.Step {
	if r == nil {
		return nil
	}
	return generating{r}
}

// generating is a run of directives as a step before a build.
type generating struct{ *Run }

func (s generating) Result() live.StepResult {
	r := s.Run.Result()
	res := live.StepResult{Err: r.Err, Output: r.Output, Events: r.Events}
	if r.Ran > 0 {
		res.How = "generated"
	}
	return res
}
