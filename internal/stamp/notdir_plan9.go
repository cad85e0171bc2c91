package stamp

func isNotDir(error) bool { return false }
