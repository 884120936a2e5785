package io.metalimages.rack.machine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What a machine consists of.
 *
 * @param memory in MiB
 * @param directory its own: events, UEFI's variables and sockets are files in it, and stay from one run to the next
 * @param console all that was ever written to the serial console
 */
public record Hardware(
        int processors, int memory, List<Disk> disks, List<NetworkCard> cards, Path directory, Path console) {

    public Hardware {
        disks = List.copyOf(disks);
        cards = List.copyOf(cards);
    }

    /** Hardware whose console is in its directory, too. */
    Hardware(int processors, int memory, List<Disk> disks, List<NetworkCard> cards, Path directory) {
        this(processors, memory, disks, cards, directory, directory.resolve("console.log"));
    }

    /** The same machine with other disks in it. */
    Hardware with(List<Disk> others) {
        return new Hardware(processors, memory, others, cards, directory, console);
    }

    /** A socket that leads to the serial console, for a person. */
    public Path consoleSocket() {
        return directory.resolve("console.sock");
    }

    /** What the machine wrote to its port {@code events}. */
    public Path events() {
        return directory.resolve("events.log");
    }

    Path monitorSocket() {
        return directory.resolve("monitor.sock");
    }

    /** UEFI's. */
    Path variables() {
        return directory.resolve("variables.fd");
    }

    QemuLog log() {
        return new QemuLog(directory.resolve("qemu.log"));
    }

    /** How many bytes it has written: changes whenever its guest shows a sign of life. */
    long written() throws IOException {
        long size = 0;
        for (Path file : List.of(console, events())) {
            size += Files.exists(file) ? Files.size(file) : 0;
        }
        return size;
    }
}
