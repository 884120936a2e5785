/**
 * A root file system becomes {@code img.tar.lz4} and its sidecar files.
 *
 * <p>The tarball is made in one pass: the tree is walked and sorted ({@link FileTree}), told as a deterministic tar
 * ({@link TarWriter}, {@link TarHeader}), cut into blocks by content ({@link Chunker}), each block compressed or found
 * in the cache ({@link BlockEncoder}, {@link BlockCache}) on all cores ({@link BlockPipeline}), and written and hashed in
 * order ({@link TarballWriter}). Nothing is written twice; memory does not grow with the bytes of the image. What earlier
 * exports read and nobody has changed since is not read again ({@link SegmentTable}).
 *
 * <p>What of a built tree is not part of an image, because it is state of the machine that built it, is one table:
 * {@link ShippedState}.
 *
 * <p>Whether an artifact is what metal-hammer and the installer demand is checked on the same tar in two places: while it
 * is written, and when a file is read back ({@link ArtifactCheck}, {@link Lz4FrameReader}). {@link TarScanner} and
 * {@code ImageRules} do it in both, each {@link CheckCode} is a rule.
 *
 * <p>This package never changes the tree that it reads, never runs a program of that tree, and never prints. Start
 * reading at {@link ArtifactExporter}.
 */
@NullMarked
package io.metalimages.artifact;

import io.metalimages.artifact.check.ArtifactCheck;
import io.metalimages.artifact.export.ArtifactExporter;
import io.metalimages.artifact.export.TarballWriter;
import io.metalimages.artifact.lz4.BlockCache;
import io.metalimages.artifact.lz4.BlockEncoder;
import io.metalimages.artifact.lz4.BlockPipeline;
import io.metalimages.artifact.lz4.Chunker;
import io.metalimages.artifact.lz4.Lz4FrameReader;
import io.metalimages.artifact.tar.FileTree;
import io.metalimages.artifact.tar.SegmentTable;
import io.metalimages.artifact.tar.ShippedState;
import io.metalimages.artifact.tar.TarHeader;
import io.metalimages.artifact.tar.TarScanner;
import io.metalimages.artifact.tar.TarWriter;
import org.jspecify.annotations.NullMarked;
