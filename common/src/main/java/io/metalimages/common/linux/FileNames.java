package io.metalimages.common.linux;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.util.Arrays;

/**
 * File names as Linux has them, which are bytes, and as text. Names are UTF-8 whatever the locale; each byte that is not
 * stands as a lone surrogate, U+DC80 to U+DCFF, as in Python (PEP 383), so that every name survives being text.
 */
public final class FileNames {

    private static final char ESCAPE = 0xDC00;

    private FileNames() {}

    /** The name that these bytes are. */
    public static String decode(byte[] name) {
        String text = new String(name, StandardCharsets.UTF_8);
        return text.indexOf('\uFFFD') < 0 ? text : decodeEscaping(name);
    }

    /** The C string at {@code position}. */
    static String decode(MemorySegment memory, long position) {
        long end = position;
        while (memory.get(ValueLayout.JAVA_BYTE, end) != 0) {
            end++;
        }
        return decode(memory.asSlice(position, end - position).toArray(ValueLayout.JAVA_BYTE));
    }

    private static String decodeEscaping(byte[] name) {
        CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        ByteBuffer bytes = ByteBuffer.wrap(name);
        CharBuffer text = CharBuffer.allocate(name.length);
        for (CoderResult result = decoder.decode(bytes, text, true);
                result.isError();
                result = decoder.decode(bytes, text, true)) {
            for (int i = 0; i < result.length(); i++) {
                text.put((char) (ESCAPE + (bytes.get() & 0xff)));
            }
        }
        return text.flip().toString();
    }

    /** The bytes of a name or path, without a zero at the end. */
    public static byte[] encode(String name) {
        return name.chars().anyMatch(character -> Character.isSurrogate((char) character))
                ? encodeEscaped(name)
                : name.getBytes(StandardCharsets.UTF_8);
    }

    /**
     * The same for a system call.
     *
     * @throws FileSystemException if no file can have that name
     */
    static byte[] encodeForCall(String name) throws FileSystemException {
        if (name.indexOf('\0') >= 0) {
            throw new FileSystemException(
                    name.replace("\0", "\\0"), null, "a file name cannot contain a NUL character");
        }
        return encode(name);
    }

    private static byte[] encodeEscaped(String name) {
        byte[] bytes = new byte[name.length() * 3];
        int length = 0;
        for (int i = 0; i < name.length(); ) {
            int character = name.codePointAt(i);
            if (character >= ESCAPE + 0x80 && character <= ESCAPE + 0xff) {
                bytes[length++] = (byte) (character - ESCAPE);
            } else {
                byte[] encoded = Character.toString(character).getBytes(StandardCharsets.UTF_8);
                System.arraycopy(encoded, 0, bytes, length, encoded.length);
                length += encoded.length;
            }
            i += Character.charCount(character);
        }
        return Arrays.copyOf(bytes, length);
    }
}
