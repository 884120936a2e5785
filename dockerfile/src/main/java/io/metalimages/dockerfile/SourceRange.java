package io.metalimages.dockerfile;

/**
 * The lines of a file that something was read from.
 *
 * @param file the name of the file as the reader was told it
 * @param firstLine the first line, counted from 1
 * @param lastLine the last line, at least {@code firstLine}
 */
public record SourceRange(String file, int firstLine, int lastLine) {

    /** @throws IllegalArgumentException if the lines are not in order or the first is below 1 */
    public SourceRange {
        if (firstLine < 1 || lastLine < firstLine) {
            throw new IllegalArgumentException("Lines " + firstLine + " to " + lastLine + " are not a range.");
        }
    }

    public static SourceRange line(String file, int line) {
        return new SourceRange(file, line, line);
    }

    /** {@code Dockerfile:7}, which terminals and editors turn into a link. */
    @Override
    public String toString() {
        return file + ":" + firstLine;
    }
}
