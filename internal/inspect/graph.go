package inspect

// Graph prints the packages of the program and their imports as json, dot or mermaid.
func (p Program) Graph(format string) error {
	g, err := load(p.Config)
	if err != nil {
		return err
	}
	m := g.Document()
	switch format {
	case "json":
		return writeJSON(p.Out, m)
	case "dot":
		m.WriteDot(p.Out)
	case "mermaid":
		m.WriteMermaid(p.Out)
	}
	return nil
}
