package io.metalimages.supplychain;

import io.metalimages.common.Digest;
import io.metalimages.supplychain.packages.DebianTree;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;

/** A small tree with what bills of materials have to bear. */
public final class SampleImage {

    public static final DescribedImage IMAGE =
            new DescribedImage("debian/12", Digest.of("tarball"), Instant.parse("2026-05-01T00:00:00Z"), "1.0.0");

    private static final String COPYRIGHT = """
            Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
            Upstream-Name: sample

            Files: *
            Copyright: 2026 Jane Doe
            License: Expat

            Files: lib/*
            Copyright: 2026 Jane Doe
            License: GPL-2+ or Artistic, and UMich

            Files: other/*
            Copyright: nobody
            License: GPL-2 with Linux-syscall-note exception

            Files: old/*
            Copyright: 1990 Somebody
            License: Permission to use, copy, modify, and distribute this software is granted
             to everybody.

            License: UMich
             Do as you like.
             .
             But do it well.

            License: Expat
             Permission is hereby granted.
            """;

    private SampleImage() {}

    public static DebianTree tree(Path root) throws IOException {
        return new DebianTree(root)
                .file("usr/lib/os-release", "ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME=\"Debian 12\"\n")
                .installed(
                        "libsample++1",
                        "1:2.3-4+deb12u1",
                        "Source: sample (2.3-4)",
                        "Maintainer: Jöhn Döe <john@example.org>",
                        "Homepage: https://example.org/sample",
                        "Depends: libc6 (>= 2.36), absent | awk:any | sample",
                        "Description: a \"sample\" of <things> & more\n with lines")
                .installed("libc6", "2.36-9", "Maintainer: GNU Libc Maintainers <debian-glibc@lists.debian.org>")
                .installed("mawk", "1.3", "Provides: awk (= 1.3)", "Homepage: javascript:alert(1)")
                .installed("sample", "2.3-4", "Pre-Depends: libsample++1", "Maintainer: (((")
                .document("libsample++1", "copyright", COPYRIGHT.getBytes(StandardCharsets.UTF_8))
                .document("mawk", "copyright", "Do what you like.".getBytes(StandardCharsets.UTF_8))
                .linkedDocuments("sample", "libsample++1");
    }
}
