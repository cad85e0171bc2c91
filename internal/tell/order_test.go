package tell

import "testing"

func TestOrder(t *testing.T) {
	for _, in := range []string{"restart", "rebuild", "stop", "status", "status=json", "profile=dev",
		"restart=api", "rebuild=api", "stop=api", "start=api", "logs=api", "logs=api,follow"} {
		var f Order
		if err := f.Set(in); err != nil || f.String() != in {
			t.Errorf("-tell=%s: %s, %v", in, f.String(), err)
		}
	}
	for _, in := range []string{"", "restart=", "stop=", "stop=a,b", "start", "logs", "logs=", "logs=,follow", "stop=api,follow", "status=", "status=xml", "profile", "profile=", "who",
		"Restart"} {
		var f Order
		if err := f.Set(in); err == nil {
			t.Errorf("-tell=%s is taken for %s", in, f.String())
		}
	}
}
