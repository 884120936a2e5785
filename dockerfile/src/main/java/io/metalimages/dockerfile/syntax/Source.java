package io.metalimages.dockerfile.syntax;

import io.metalimages.dockerfile.SourceRange;

/**
 * Where an instruction stands and what it looks like there.
 *
 * @param range the lines of the instruction, here-documents included, comments above it not
 * @param text these lines as they are in the file, without the last line break
 * @param logicalLine the instruction as one line: continuations joined, comments within and here-documents left out
 */
public record Source(SourceRange range, String text, String logicalLine) {}
