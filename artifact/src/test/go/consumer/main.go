// Reads an artifact as metal-hammer does: one pierrec/lz4 reader without options around the file, archive/tar around
// that, to the last entry. Prints a line for each entry; names are hexadecimal, so that any name fits.
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
	if err := list(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func list(artifact string) error {
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
		fmt.Printf("%c %04o %d %d %d %d %x %x %x %x\n",
			header.Typeflag, header.Mode, header.Uid, header.Gid, header.ModTime.Unix(), size,
			header.Name, header.Linkname, header.PAXRecords["SCHILY.xattr.security.capability"], content.Sum(nil))
	}
}
