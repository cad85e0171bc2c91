package watch

// findSilent finds directories whose listing changes without an event: file systems that
// report nothing and are not known for it, containers' mounts above all. They are polled
// from then on, with all others of their file system.
func (l *watchlist) findSilent() {
	heard := l.router.drainSeen()
	deaf := ""
	for name, f := range l.directories {
		if f.state != evented {
			continue
		}
		if f.silentOnce && !heard[f.real] && !f.alsoPolled {
			deaf = name
		}
		f.silentOnce = f.checkedMtime != f.heartbeatMtime && !heard[f.real]
		f.heartbeatMtime = f.checkedMtime
	}
	if deaf == "" {
		return
	}
	dev := l.directories[deaf].meta.Dev
	for name, f := range l.directories {
		if name == deaf || dev != 0 && f.meta.Dev == dev {
			f.alsoPolled = true
		}
	}
	l.sayOnce("deaf "+deaf, "no events come from %s: polling it", deaf)
	l.poller.watch(l.polledDirs())
	l.router.collect.all()
}
