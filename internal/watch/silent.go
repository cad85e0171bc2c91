package watch

// findSilent finds directories whose listing changes without an event: file systems that
// report nothing and are not known for it, containers' mounts above all. They are polled
// from then on, with all others of their file system.
//
// Heard is what the router had seen before the directories were checked. An event that
// comes between the check and this call must count for the change that the next check
// will find; it is not in heard, so that the next call has it.
//
// It reports whether any listing has changed since the last heartbeat.
func (l *watchlist) findSilent(heard map[string]bool) (changed bool) {
	deaf := ""
	for name, f := range l.directories {
		if f.state != evented {
			continue
		}
		if f.silentOnce && !heard[f.real] && !f.alsoPolled {
			deaf = name
		}
		changed = changed || f.checkedMtime != f.heartbeatMtime
		f.silentOnce = f.checkedMtime != f.heartbeatMtime && !heard[f.real]
		f.heartbeatMtime = f.checkedMtime
	}
	if deaf == "" {
		return changed
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
	return changed
}
