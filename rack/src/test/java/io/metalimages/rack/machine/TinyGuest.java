package io.metalimages.rack.machine;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;

/** A guest that fits in a boot sector: it writes a text to the serial port, and then comes to an end or does not. */
final class TinyGuest {

    private static final int SECTOR = 512;
    private static final int LOADED_AT = 0x7C00;

    /** What it does after the text; in machine code for a 16-bit processor. */
    enum Then {
        HANG("F4 EB FD"),
        /** By the keyboard controller. */
        REBOOT("B0 FE E6 64 F4 EB FD"),
        /** By the power management register of QEMU's q35. */
        SWITCH_OFF("BA 04 06 B8 00 20 EF F4 EB FD"),
        /** From the start, without end. */
        REPEAT("E9");

        private final String code;

        Then(String code) {
            this.code = code;
        }
    }

    private TinyGuest() {}

    /** A disk of a size that BIOSes take for a disk. */
    static Disk writing(Path file, String text, Then then) throws IOException {
        byte[] end = code(then);
        byte[] print = HexFormat.ofDelimiter(" ").parseHex("AC 84 C0 74 03 EE EB F8");
        int start = 4 + 3 + 3;
        int ending = start + print.length;
        int message = LOADED_AT + ending + end.length;
        ByteArrayOutputStream program = new ByteArrayOutputStream();
        // ds = 0; si = message; dx = COM1
        program.writeBytes(HexFormat.ofDelimiter(" ").parseHex("31 C0 8E D8 BE"));
        program.write(message);
        program.write(message >> 8);
        program.writeBytes(HexFormat.ofDelimiter(" ").parseHex("BA F8 03"));
        program.writeBytes(print);
        program.writeBytes(end);
        program.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
        byte[] sector = new byte[SECTOR * 2048];
        if (program.size() > SECTOR - 3) {
            throw new IllegalArgumentException("That text is too long for a boot sector.");
        }
        System.arraycopy(program.toByteArray(), 0, sector, 0, program.size());
        sector[SECTOR - 2] = 0x55;
        sector[SECTOR - 1] = (byte) 0xAA;
        return new Disk(Files.write(file, sector), Disk.Format.RAW, Disk.Bus.VIRTIO);
    }

    private static byte[] code(Then then) {
        if (then == Then.REPEAT) {
            // A jump back over itself, the loop that prints and the preparations.
            int distance = -(3 + 8 + 10);
            return new byte[] {(byte) 0xE9, (byte) distance, (byte) (distance >> 8)};
        }
        return HexFormat.ofDelimiter(" ").parseHex(then.code);
    }
}
