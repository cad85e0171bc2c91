package tell

import (
	"encoding/json"
	"reflect"
	"testing"
)

// Paths come over as they are, whatever their bytes are: by them a gorun is found.
func TestWhoPaths(t *testing.T) {
	for _, dir := range []string{"/d", "/d\xff", "/d\ufffd", "/\xff\"\n\\ü\x01", "", "/d\xfe"} {
		w := Who{Pid: 1, Dir: dir, Package: []string{".", dir}, Target: dir, Projects: []string{"/", dir}}
		data, err := json.Marshal(Reply{Who: &w})
		if err != nil {
			t.Fatal(err)
		}
		var r Reply
		if err := json.Unmarshal(data, &r); err != nil || !reflect.DeepEqual(*r.Who, w) {
			t.Errorf("%q: %+v, %v", dir, r.Who, err)
		}
	}
}
