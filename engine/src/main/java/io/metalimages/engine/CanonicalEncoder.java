package io.metalimages.engine;

import io.metalimages.common.Digest;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Writes values such that different sequences of values are different sequences of bytes: each value bears its type, and
 * what has no fixed size bears its length. Not thread-safe.
 */
final class CanonicalEncoder {

    private enum Type {
        TEXT('t'),
        NUMBER('n'),
        FLAG('f'),
        LIST('l');

        private final char mark;

        Type(char mark) {
            this.mark = mark;
        }
    }

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    CanonicalEncoder text(String value) {
        // Character by character: a charset would replace half of a surrogate pair, whatever it is, by one and the
        // same.
        ByteBuffer encoded = ByteBuffer.allocate(Character.BYTES * value.length());
        encoded.asCharBuffer().put(value);
        header(Type.TEXT, value.length());
        bytes.writeBytes(encoded.array());
        return this;
    }

    CanonicalEncoder number(long value) {
        header(Type.NUMBER, Long.BYTES);
        bytes.writeBytes(ByteBuffer.allocate(Long.BYTES).putLong(value).array());
        return this;
    }

    CanonicalEncoder flag(boolean value) {
        header(Type.FLAG, value ? 1 : 0);
        return this;
    }

    CanonicalEncoder texts(List<String> values) {
        header(Type.LIST, values.size());
        values.forEach(this::text);
        return this;
    }

    CanonicalEncoder numbers(List<Long> values) {
        header(Type.LIST, values.size());
        values.forEach(this::number);
        return this;
    }

    private void header(Type type, int length) {
        bytes.write(type.mark);
        bytes.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(length).array());
    }

    Digest digest() {
        return Digest.of(bytes.toByteArray());
    }
}
