package io.metalimages.engine.archive;

import io.metalimages.common.linux.OverlayFormat;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;

/** Unpacks a layer with many files of long names and one large file, in a Java virtual machine with little memory. */
public final class LargeLayerProgram {

    static final int FILES = 40_000;
    static final long LARGE = 256L << 20;
    private static final int BLOCK = 512;
    private static final String DIRECTORIES = ("d".repeat(200) + "/").repeat(5);

    private LargeLayerProgram() {}

    /** The argument is a directory to be made. */
    public static void main(String[] arguments) throws Exception {
        Path directory = Files.createDirectory(Path.of(arguments[0]));
        Path layer = directory.resolveSibling("layer");
        try (OutputStream compressed = new GZIPOutputStream(Files.newOutputStream(layer), 1 << 16)) {
            pack(compressed);
        }
        try (InputStream archive = Files.newInputStream(layer);
                LayerUnpacker unpacker = new LayerUnpacker(directory, OverlayFormat.USER, Optional::empty)) {
            unpacker.unpack(archive);
        }
    }

    private static void pack(OutputStream output) throws IOException {
        for (int number = 0; number < FILES; number++) {
            byte[] name = (DIRECTORIES + "n".repeat(200) + number).getBytes(StandardCharsets.US_ASCII);
            output.write(header("@LongLink", 'L', name.length));
            output.write(Arrays.copyOf(name, (name.length + BLOCK - 1) / BLOCK * BLOCK));
            output.write(header("", number % 2 == 0 ? '5' : '0', 0));
        }
        output.write(header("large", '0', LARGE));
        byte[] piece = new byte[1 << 20];
        for (long written = 0; written < LARGE; written += piece.length) {
            output.write(piece);
        }
        output.write(new byte[2 * BLOCK]);
    }

    private static byte[] header(String name, char type, long size) {
        byte[] header = new byte[BLOCK];
        put(header, 0, name);
        put(header, 100, "0000755\0000000000\0000000000\0%011o\00007346545000".formatted(size));
        put(header, 148, "        " + type);
        put(header, 257, "ustar  ");
        int sum = 0;
        for (byte one : header) {
            sum += one & 0xff;
        }
        put(header, 148, "%06o\0 ".formatted(sum));
        return header;
    }

    private static void put(byte[] header, int offset, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, header, offset, bytes.length);
    }
}
