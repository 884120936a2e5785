package io.metalimages.artifact.check;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/** The beginning of a program, see elf(5). */
final class ElfHeader {

    /** As many bytes of a file are looked at. */
    static final int BYTES = 20;

    private static final int MAGIC = 0x7f454c46;
    private static final int CLASS = 4;
    private static final int BITS_64 = 2;
    private static final int ENCODING = 5;
    private static final int LITTLE_ENDIAN = 1;
    private static final int MACHINE = 18;

    private ElfHeader() {}

    /** What a program runs on, as Go calls it; empty for what is no program, or one for something rare. */
    static Optional<String> architecture(byte[] start) {
        if (start.length < BYTES || ByteBuffer.wrap(start).getInt() != MAGIC) {
            return Optional.empty();
        }
        boolean little = start[ENCODING] == LITTLE_ENDIAN;
        boolean wide = start[CLASS] == BITS_64;
        int machine = ByteBuffer.wrap(start)
                .order(little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN)
                .getShort(MACHINE);
        String name = switch (machine) {
            case 3 -> "386";
            case 21 -> little ? "ppc64le" : "ppc64";
            case 22 -> wide ? "s390x" : "";
            case 40 -> "arm";
            case 62 -> wide ? "amd64" : "";
            case 183 -> wide ? "arm64" : "";
            case 243 -> wide ? "riscv64" : "";
            default -> "";
        };
        return Optional.of(name).filter(known -> !known.isEmpty());
    }
}
