package watch

import "github.com/rjeczalik/notify"

const preferNotify = false

// pointBuffer is a point's channel, one for each directory: 8 KB.
const pointBuffer = 512

var notifyEvents = []notify.Event{notify.Create, notify.Remove, notify.Write, notify.Rename}

const lostEvents notify.Event = 0 // the overflow is swallowed: see burst

type pointsState struct {
	listed map[string]uint64 // directories that the kernel listed when they were added, and their inodes
}

// openNotify watches each directory by a point of its own.
var openNotify = func(sink backendSink) (backend, error) {
	b := newNotify(sink, sink.watchesLost)
	b.listed = make(map[string]uint64)
	return b, nil
}

func (b *notifyBackend) add(dir string) error {
	return b.begin(dir, dir)
}

func (b *notifyBackend) remove(dir string) {
	delete(b.listed, dir)
	b.end(dir)
}

// deadWatches asks the kernel, because notify does not report that a watch has gone, nor
// always that it could not be added. Directories whose inode the kernel names otherwise
// than stat does (overlays) are left out.
func (b *notifyBackend) deadWatches(dirs []string) []string {
	marks := inotifyMarks()
	if marks == nil {
		return nil
	}
	var dead []string
	for _, dir := range dirs {
		ino, known := b.listed[dir]
		switch {
		case !known:
			b.listed[dir] = listedInode(dir, marks)
		case ino != 0 && !marks[ino]:
			dead = append(dead, dir)
		}
	}
	return dead
}
