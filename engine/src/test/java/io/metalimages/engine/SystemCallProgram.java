package io.metalimages.engine;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/**
 * A static program for 64-bit x86 that does system calls, one after the other, and exits with the error number of the first
 * that fails, or 0 if all succeeded. It needs no compiler and no library, so it shows what the kernel says and nothing else.
 */
final class SystemCallProgram {

    private static final long ADDRESS = 0x400000;
    private static final int HEADERS = 64 + 56;
    private static final int EXIT = 60;

    /** A call's argument that is the address of a text. */
    private static final int CODE_SPACE = 512;

    private SystemCallProgram() {}

    /**
     * A system call.
     *
     * @param arguments numbers, or texts, whose addresses are passed
     */
    record Call(int number, List<Object> arguments) {
        static Call of(int number, Object... arguments) {
            return new Call(number, List.of(arguments));
        }
    }

    /** Writes the program. */
    static void write(Path file, Call... calls) throws IOException {
        ByteArrayOutputStream code = new ByteArrayOutputStream();
        ByteArrayOutputStream texts = new ByteArrayOutputStream();
        for (Call call : calls) {
            add(call, code, texts);
        }
        code.writeBytes(new byte[] {0x31, (byte) 0xFF}); // xor edi, edi
        code.writeBytes(little(5).put((byte) 0xB8).putInt(EXIT).array());
        code.writeBytes(new byte[] {0x0F, 0x05});
        writeProgram(file, code.toByteArray(), texts.toByteArray());
    }

    private static void add(Call call, ByteArrayOutputStream code, ByteArrayOutputStream texts) {
        int[] registers = {0xBF48, 0xBE48, 0xBA48, 0xBA49, 0xB849, 0xB949};
        for (int i = 0; i < call.arguments().size(); i++) {
            long value = switch (call.arguments().get(i)) {
                case Number n -> n.longValue();
                case String text -> {
                    long address = ADDRESS + HEADERS + CODE_SPACE + texts.size();
                    texts.writeBytes((text + "\0").getBytes(StandardCharsets.UTF_8));
                    yield address;
                }
                case Object other -> throw new IllegalArgumentException(other.toString());
            };
            code.writeBytes(
                    little(10).putShort((short) registers[i]).putLong(value).array());
        }
        code.writeBytes(little(5).put((byte) 0xB8).putInt(call.number()).array()); // mov eax, number
        code.writeBytes(new byte[] {0x0F, 0x05}); // syscall
        code.writeBytes(new byte[] {0x48, (byte) 0x85, (byte) 0xC0}); // test rax, rax
        code.writeBytes(new byte[] {0x79, 0x0B}); // jns over the next four
        code.writeBytes(new byte[] {(byte) 0xF7, (byte) 0xD8}); // neg eax
        code.writeBytes(new byte[] {(byte) 0x89, (byte) 0xC7}); // mov edi, eax
        code.writeBytes(little(5).put((byte) 0xB8).putInt(EXIT).array());
        code.writeBytes(new byte[] {0x0F, 0x05});
    }

    private static void writeProgram(Path file, byte[] code, byte[] texts) throws IOException {
        int size = HEADERS + CODE_SPACE + texts.length;
        ByteBuffer program = little(size);
        program.put(new byte[] {0x7F, 'E', 'L', 'F', 2, 1, 1, 0}).putLong(0);
        program.putShort((short) 2).putShort((short) 62).putInt(1).putLong(ADDRESS + HEADERS);
        program.putLong(64).putLong(0).putInt(0).putShort((short) 64).putShort((short) 56);
        program.putShort((short) 1).putShort((short) 0).putShort((short) 0).putShort((short) 0);
        program.putInt(1).putInt(7).putLong(0).putLong(ADDRESS).putLong(ADDRESS);
        program.putLong(size).putLong(size).putLong(0x1000);
        program.put(code);
        program.position(HEADERS + CODE_SPACE).put(texts);
        byte[] written = new byte[size];
        program.position(0).get(written);
        Files.write(file, written);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static ByteBuffer little(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }
}
