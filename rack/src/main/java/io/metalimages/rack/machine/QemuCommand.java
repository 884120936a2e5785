package io.metalimages.rack.machine;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The command line by which QEMU becomes a machine. */
final class QemuCommand {

    private final Hardware hardware;
    private final Boot boot;
    private final Acceleration acceleration;

    QemuCommand(Hardware hardware, Boot boot, Acceleration acceleration) {
        this.hardware = hardware;
        this.boot = boot;
        this.acceleration = acceleration;
    }

    /** The program and its arguments. The machine ends when its guest reboots. */
    List<String> line() {
        List<String> line =
                new ArrayList<>(List.of(HostRequirements.QEMU, "-nodefaults", "-no-user-config", "-display", "none"));
        line.addAll(List.of("-no-reboot", "-machine", "q35,smm=off,vmport=off"));
        line.addAll(acceleration.options());
        line.addAll(List.of("-smp", Integer.toString(hardware.processors()), "-m", hardware.memory() + "M"));
        line.addAll(List.of("-rtc", "base=utc", "-device", "virtio-rng-pci"));
        line.addAll(List.of("-qmp", "unix:" + quoted(hardware.monitorSocket()) + ",server=on,wait=off"));
        line.addAll(serialPorts());
        line.addAll(kernel());
        line.addAll(firmware());
        for (int i = 0; i < hardware.disks().size(); i++) {
            line.addAll(disk(hardware.disks().get(i), i));
        }
        for (int i = 0; i < hardware.cards().size(); i++) {
            line.addAll(card(hardware.cards().get(i), i));
        }
        return line;
    }

    private List<String> serialPorts() {
        return List.of(
                "-chardev",
                "socket,id=console,server=on,wait=off,path=" + quoted(hardware.consoleSocket())
                        + ",logappend=on,logfile=" + quoted(hardware.console()),
                "-serial",
                "chardev:console",
                "-chardev",
                "file,id=events,append=on,path=" + quoted(hardware.events()),
                "-device",
                "virtio-serial-pci",
                "-device",
                "virtserialport,chardev=events,name=events");
    }

    private List<String> kernel() {
        return switch (boot) {
            case Boot.Kernel(Path kernel, Path initramfs, String commandLine) ->
                List.of("-kernel", kernel.toString(), "-initrd", initramfs.toString(), "-append", commandLine);
            case Boot.FromDisk(), Boot.Sector() -> List.of();
        };
    }

    private List<String> firmware() {
        return switch (boot) {
            case Boot.Kernel kernel -> uefi();
            case Boot.FromDisk() -> uefi();
            case Boot.Sector() -> List.of();
        };
    }

    private List<String> uefi() {
        return List.of(
                "-drive",
                "if=pflash,format=raw,readonly=on,file=" + HostRequirements.FIRMWARE,
                "-drive",
                "if=pflash,format=raw,cache=unsafe,file=" + quoted(hardware.variables()));
    }

    private static List<String> disk(Disk disk, int index) {
        List<String> options = new ArrayList<>();
        if (disk.bus() == Disk.Bus.SCSI) {
            options.addAll(List.of("-device", "virtio-scsi-pci,id=scsi" + index));
        }
        options.addAll(List.of(
                "-drive",
                "if=none,id=disk%d,format=%s,cache=unsafe,discard=unmap,file=%s"
                        .formatted(index, disk.format().option(), quoted(disk.file())),
                "-device",
                device(disk.bus(), index)
                        + ",drive=disk%d,serial=disk%d,bootindex=%d".formatted(index, index, index + 1)));
        return options;
    }

    private static String device(Disk.Bus bus, int index) {
        return switch (bus) {
            case VIRTIO -> "virtio-blk-pci";
            case NVME -> "nvme";
            case SCSI -> "scsi-hd,bus=scsi%d.0".formatted(index);
        };
    }

    private static List<String> card(NetworkCard card, int index) {
        return List.of(
                "-netdev",
                backend(card) + ",id=net" + index,
                "-device",
                "virtio-net-pci,romfile=,netdev=net%d,id=%s,mac=%s".formatted(index, cardName(index), card.mac()));
    }

    private static String backend(NetworkCard card) {
        return switch (card) {
            case NetworkCard.Tap tap -> "tap,script=no,downscript=no,ifname=" + tap.name();
            case NetworkCard.UserNetwork user -> {
                StringBuilder backend = new StringBuilder("user");
                user.forwards()
                        .forEach((here, there) -> backend.append(",hostfwd=tcp:127.0.0.1:")
                                .append(here)
                                .append("-:")
                                .append(there));
                yield backend.toString();
            }
        };
    }

    /** How QEMU's monitor knows a network card. */
    static String cardName(int index) {
        return "card" + index;
    }

    /** A value in one of QEMU's options, in which a comma would begin the next one. */
    private static String quoted(Path path) {
        return path.toString().replace(",", ",,");
    }
}
