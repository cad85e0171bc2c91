#!/bin/sh
set -eux
test -z "$(gofmt -l .)"
for tags in dev test prod; do go vet -tags=$tags ./...; done
for tags in dev test prod; do go test -tags=$tags ./...; done
