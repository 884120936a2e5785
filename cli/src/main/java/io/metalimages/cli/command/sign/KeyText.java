package io.metalimages.cli.command.sign;

import io.metalimages.common.FaultException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * The text of a key, and how messages call it. Its text is in no message.
 *
 * @param origin a file or a variable
 */
record KeyText(String text, String origin) {

    private static final int LONGEST = 1 << 16;

    static KeyText ofFile(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw FaultException.wrongInput(file + " is a directory, not a key.", "Name the file with the key.");
        }
        try (InputStream input = Files.newInputStream(file)) {
            return new KeyText(
                    new String(input.readNBytes(LONGEST), StandardCharsets.ISO_8859_1), "the key in " + file);
        } catch (NoSuchFileException e) {
            throw FaultException.wrongInput("There is no key " + file + ".", "Look at --key.");
        }
    }

    static KeyText ofVariable(String name, String value) {
        return new KeyText(value, "the key in " + name);
    }

    /** A key is secret, and so is what somebody took for one. */
    @Override
    public String toString() {
        return origin;
    }
}
