package archtest

import (
	"fmt"
	"slices"
	"strings"
)

// table returns the rows, without the header, of the first table below a heading of
// a Markdown document.
func table(document, heading string) ([][]string, error) {
	lines := strings.Split(document, "\n")
	at := slices.Index(lines, heading)
	if at < 0 {
		return nil, fmt.Errorf("there is no heading %q", heading)
	}
	var rows [][]string
	for _, line := range lines[at+1:] {
		if strings.HasPrefix(line, "#") || !strings.HasPrefix(line, "|") && rows != nil {
			break
		}
		if cells, ok := strings.CutPrefix(line, "|"); ok {
			row := strings.Split(strings.TrimSuffix(cells, "|"), "|")
			for i := range row {
				row[i] = strings.TrimSpace(row[i])
			}
			rows = append(rows, row)
		}
	}
	if len(rows) < 3 {
		return nil, fmt.Errorf("there is no table below %q", heading)
	}
	for _, row := range rows {
		if len(row) != len(rows[0]) {
			return nil, fmt.Errorf("below %q: the row %q has not as many cells as the header", heading, row)
		}
	}
	return rows[2:], nil
}

// code returns what stands between backquotes in a cell.
func code(cell string) []string {
	var list []string
	parts := strings.Split(cell, "`")
	for i := 1; i < len(parts); i += 2 {
		list = append(list, parts[i])
	}
	return list
}
