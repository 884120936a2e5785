// Reads an artifact as metal-hammer does: one pierrec/lz4 reader without options around the file, archive/tar around
// that, to the last entry. Prints a line for each entry; names are hexadecimal, so that any name fits. With --verdicts it
// reads any number of artifacts, and prints a line for each: how many entries it has read, and whether that was all.
package main

import (
	"archive/tar"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/pierrec/lz4/v4"
)

func main() {
	if os.Args[1] == "--verdicts" {
		for _, artifact := range os.Args[2:] {
			entries := 0
			err := read(artifact, func(*tar.Header, int64, []byte) { entries++ })
			if err == nil {
				fmt.Println(entries, "accepted")
			} else {
				fmt.Println(entries, "rejected")
			}
		}
		return
	}
	if err := read(os.Args[1], list); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(artifact string, visit func(header *tar.Header, size int64, sum []byte)) error {
	file, err := os.Open(artifact)
	if err != nil {
		return err
	}
	defer file.Close()
	entries := tar.NewReader(lz4.NewReader(file))
	for {
		header, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		content := sha256.New()
		size, err := io.Copy(content, entries)
		if err != nil {
			return fmt.Errorf("%s: %w", header.Name, err)
		}
		visit(header, size, content.Sum(nil))
	}
}

func list(header *tar.Header, size int64, sum []byte) {
	fmt.Printf("%c %04o %d %d %d %d %x %x %x %x\n",
		header.Typeflag, header.Mode, header.Uid, header.Gid, header.ModTime.Unix(), size,
		header.Name, header.Linkname, header.PAXRecords["SCHILY.xattr.security.capability"], sum)
}
