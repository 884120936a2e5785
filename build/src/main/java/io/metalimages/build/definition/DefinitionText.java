package io.metalimages.build.definition;

import io.metalimages.common.FaultException;
import io.metalimages.common.linux.FileNames;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.channels.Channels;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;

/**
 * Reads the texts that a definition consists of: its Dockerfile, its {@code docker-make.yaml}, its ignore file. Nothing
 * else of this machine is read, or shown in a message, because a link in a definition leads to it.
 */
public final class DefinitionText {

    /** The most that a text may have. */
    public static final int MOST_BYTES = 16 << 20;

    private DefinitionText() {}

    /** Whether there is something of that name: a text, or something that is refused when it is read. */
    public static boolean exists(Path file) {
        return Files.exists(file, LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * Reads a text.
     *
     * @param name what messages call it
     * @param context where it may lie once links are followed, as well as in the directory that it is named in
     * @throws NoSuchFileException if there is nothing of that name
     * @throws FaultException if it is anything but a file of sensible size in UTF-8 within these directories
     */
    public static String read(Path file, String name, Path context) throws IOException {
        return decoded(bytes(file, name, context), name);
    }

    /** Like {@link #read}, but what is not UTF-8 is taken as it is in the names of files. */
    public static String readNames(Path file, String name, Path context) throws IOException {
        return FileNames.decode(bytes(file, name, context));
    }

    private static byte[] bytes(Path file, String name, Path context) throws IOException {
        Path real = real(file, name);
        Path directory = file.toAbsolutePath().resolveSibling("").toRealPath();
        if (!real.startsWith(directory) && !real.startsWith(context.toRealPath())) {
            throw FaultException.wrongInput(
                    name + " is a link that leads out of its directory.", "Put the file itself there.");
        }
        BasicFileAttributes attributes =
                Files.readAttributes(real, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!attributes.isRegularFile()) {
            throw FaultException.wrongInput(
                    name + " is " + (attributes.isDirectory() ? "a directory" : "a pipe, a socket or a device")
                            + ", not a file.",
                    "Put a file there.");
        }
        return content(real, name);
    }

    private static Path real(Path file, String name) throws IOException {
        try {
            return file.toRealPath();
        } catch (NoSuchFileException e) {
            if (exists(file)) {
                throw FaultException.wrongInput(name + " is a link that leads nowhere.", "Put the file itself there.");
            }
            throw e;
        } catch (AccessDeniedException e) {
            throw denied(name);
        } catch (FileSystemException e) {
            throw FaultException.wrongInput(
                    name + " can't be read: " + e.getReason() + ".", "Put the file itself there.");
        }
    }

    private static FaultException denied(String name) {
        return FaultException.wrongInput(name + " can't be read: permission denied.", "Let this user read it.");
    }

    private static byte[] content(Path real, String name) throws IOException {
        byte[] content;
        try (InputStream input = Channels.newInputStream(
                Files.newByteChannel(real, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)))) {
            content = input.readNBytes(MOST_BYTES + 1);
        } catch (AccessDeniedException e) {
            throw denied(name);
        }
        if (content.length > MOST_BYTES) {
            throw FaultException.wrongInput(
                    name + " has more than " + (MOST_BYTES >> 20) + " MiB, which is too much for a text.",
                    "Check that it is the right file.");
        }
        return content;
    }

    private static String decoded(byte[] content, String name) {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer bytes = ByteBuffer.wrap(content);
        CharBuffer text = CharBuffer.allocate(content.length);
        CoderResult result = decoder.decode(bytes, text, true);
        if (result.isError()) {
            long line = 1
                    + text.flip().chars().filter(character -> character == '\n').count();
            throw FaultException.wrongInput(
                    name + ":" + line + ": this is not UTF-8.", "Convert the file: iconv -f LATIN1 -t UTF-8");
        }
        return text.flip().toString();
    }
}
