package io.metalimages.artifact.export;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.artifact.check.ArtifactCheck;
import io.metalimages.artifact.check.CheckReport;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * A finished artifact: its files, all in place, and what is known about them.
 *
 * @param tarball {@code img.tar.lz4}: one LZ4 frame (lz4_Frame_format.md, version 1.6.x) of independent blocks around a
 *     POSIX tar
 * @param md5File {@code img.tar.lz4.md5}, as md5sum(1) writes it
 * @param sha256File {@code img.tar.lz4.sha256}, as sha256sum(1) writes it
 * @param packages {@code packages.txt}: what the image's package manager lists; empty if the tree has none
 * @param sidecars the files of {@link ArtifactLocation#SIDECARS} that were made
 * @param tarBytes size of the tar before compression
 * @param tarballBytes size of {@code tarball}
 * @param entries number of tar entries
 * @param blocks number of blocks in the frame
 * @param blocksFromCache how many of them did not have to be compressed
 * @param md5 of {@code tarball}, lower-case hexadecimal
 * @param sha256 of {@code tarball}, lower-case hexadecimal
 * @param check what a check of it found. The tar was looked at when it was about to be compressed, and the form of the
 *     frame on disk; unlike {@link ArtifactCheck} this decompresses nothing, and computes no digest again
 * @param checking how much time of a thread that took
 * @param notes whole sentences that the user should see: what was left out of the image, or a cache that could not keep
 *     the blocks
 */
public record Artifact(
        Path tarball,
        Path md5File,
        Path sha256File,
        Path packages,
        List<Path> sidecars,
        long tarBytes,
        long tarballBytes,
        int entries,
        int blocks,
        int blocksFromCache,
        String md5,
        String sha256,
        CheckReport check,
        Duration checking,
        List<String> notes) {

    public Artifact {
        sidecars = List.copyOf(sidecars);
        notes = List.copyOf(notes);
    }

    /** The same artifact for a build that finds it in {@code directory}: none of its blocks has to be compressed. */
    public Artifact foundIn(Path directory) {
        return new Artifact(
                directory.resolve(tarball.getFileName()),
                directory.resolve(md5File.getFileName()),
                directory.resolve(sha256File.getFileName()),
                directory.resolve(packages.getFileName()),
                sidecars.stream()
                        .map(file -> directory.resolve(file.getFileName()))
                        .toList(),
                tarBytes,
                tarballBytes,
                entries,
                blocks,
                blocks,
                md5,
                sha256,
                check,
                checking,
                notes);
    }
}
