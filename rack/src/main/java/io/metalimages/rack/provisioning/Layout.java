package io.metalimages.rack.provisioning;

import io.metalimages.common.FaultException;
import io.metalimages.rack.machine.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How the disks of a machine are divided, formatted and mounted, as a file system layout of metal-api describes it.
 *
 * <p>Sizes are in MiB; 0 stands for what is left.
 *
 * @param file that says so
 */
public record Layout(
        Path file,
        String id,
        List<Device> disks,
        List<Array> arrays,
        List<VolumeGroup> volumeGroups,
        List<LogicalVolume> logicalVolumes,
        List<FileSystem> fileSystems) {

    /** A disk; one without partitions is used as a whole. */
    public record Device(String device, boolean wipe, List<Partition> partitions) {}

    record Partition(int number, String label, long size, Optional<String> type) {}

    /** A RAID of Linux's own. The last {@code spares} of its devices wait for one to fail. */
    record Array(String device, List<String> devices, String level, List<String> createOptions, int spares) {

        /** Whether it has all of its content without the devices {@code lost}; of a level above 1, whether that is sure. */
        private boolean survives(Set<String> lost) {
            long missing = devices.stream().filter(lost::contains).count();
            return switch (level) {
                case "0" -> missing == 0;
                case "1" -> !lost.containsAll(devices.subList(0, devices.size() - spares));
                default -> missing <= 1;
            };
        }
    }

    record VolumeGroup(String name, List<String> devices, List<String> tags) {}

    record LogicalVolume(String name, String volumeGroup, long size, VolumeType type) {

        String device() {
            return "/dev/" + volumeGroup + "/" + name;
        }
    }

    enum VolumeType {
        LINEAR,
        STRIPED,
        RAID1
    }

    /** @param path where it is mounted; nowhere if empty */
    record FileSystem(
            Optional<String> path,
            String device,
            Format format,
            String label,
            List<String> mountOptions,
            List<String> createOptions) {

        private int depth() {
            return path.map(place -> Path.of(place).getNameCount()).orElse(0);
        }
    }

    enum Format {
        EXT3,
        EXT4,
        VFAT,
        SWAP,
        TMPFS,
        NONE;

        private String lowerCase() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static final String ROOT_LABEL = "root";

    /** What GPT and its copy at the end of a disk take, and the alignment of partitions, rounded up. */
    private static final long TABLE_MEBIBYTES = 2;

    /** Which file systems metal-hammer tells the installer of in {@code disk.json}. */
    private static final Set<String> TOLD_LABELS = Set.of(ROOT_LABEL, "efi", "varlib");

    /** What concerns mount(8) and fstab only, not the file system. */
    private static final Set<String> OPTIONS_OF_FSTAB = Set.of(
            "defaults",
            "unbindable",
            "runbindable",
            "private",
            "rprivate",
            "slave",
            "rslave",
            "shared",
            "rshared",
            "auto",
            "noauto",
            "comment",
            "loop",
            "offset",
            "sizelimit");

    /**
     * Reads a layout from a file in YAML, with the names that metal-api uses.
     *
     * @throws FaultException if it is none, or describes what cannot be: with file, line and field
     */
    public static Layout read(Path file) throws IOException {
        return LayoutReader.read(file);
    }

    /** What the disks hang on, in the order in which they do; decided by their names. */
    List<Disk.Bus> buses() {
        return disks.stream().map(disk -> bus(disk.device()).orElseThrow()).toList();
    }

    public static Optional<Disk.Bus> bus(String device) {
        if (device.matches("/dev/vd[a-z]")) {
            return Optional.of(Disk.Bus.VIRTIO);
        }
        if (device.matches("/dev/nvme[0-9]n1")) {
            return Optional.of(Disk.Bus.NVME);
        }
        return device.matches("/dev/sd[a-z]") ? Optional.of(Disk.Bus.SCSI) : Optional.empty();
    }

    /** The device of a partition: a number ends a disk's name in one with a number at its end only after a p. */
    static String partitionDevice(String disk, int number) {
        return disk + (Character.isDigit(disk.charAt(disk.length() - 1)) ? "p" : "") + number;
    }

    /**
     * Holds the layout against the disks that there are.
     *
     * @throws FaultException if the partitions or volumes are larger than disks of {@code size} MiB each
     */
    public void requireFitting(long size) {
        for (Device disk : disks) {
            long wanted = disk.partitions().stream().mapToLong(Partition::size).sum();
            if (wanted + TABLE_MEBIBYTES > size) {
                throw FaultException.wrongInput(
                        "%s: disks[].partitions[].size: the partitions of %s take %,d MiB with their table, and a disk has %,d MiB."
                                .formatted(file, disk.device(), wanted + TABLE_MEBIBYTES, size),
                        "Make partitions smaller, or the disks larger.");
            }
        }
        for (VolumeGroup group : volumeGroups) {
            long there = group.devices().stream()
                    .mapToLong(device -> sizeOf(device, size))
                    .sum();
            long wanted = logicalVolumes.stream()
                    .filter(volume -> volume.volumeGroup().equals(group.name()))
                    .mapToLong(volume -> volume.type() == VolumeType.RAID1 ? 2 * volume.size() : volume.size())
                    .sum();
            if (wanted > there) {
                throw FaultException.wrongInput(
                        "%s: logicalvolumes[].size: the volumes of %s take %,d MiB, and it has %,d MiB."
                                .formatted(file, group.name(), wanted, there),
                        "Make volumes smaller, or the disks larger.");
            }
        }
    }

    private long sizeOf(String device, long diskSize) {
        for (Device disk : disks) {
            if (disk.device().equals(device)) {
                return diskSize;
            }
            long before = TABLE_MEBIBYTES;
            for (Partition partition : disk.partitions()) {
                if (partitionDevice(disk.device(), partition.number()).equals(device)) {
                    return partition.size() == 0 ? diskSize - before : partition.size();
                }
                before += partition.size();
            }
        }
        return arrays.stream()
                .filter(array -> array.device().equals(device))
                .map(array -> sizeOf(array.devices().getFirst(), diskSize))
                .findFirst()
                .orElse(0L);
    }

    /** Whether the root file system needs an array to be assembled. */
    public boolean isRaid() {
        return !arrays.isEmpty();
    }

    /** The disks without any of which the machine still has everything: each has its part in arrays of equal disks alone. */
    public List<Device> dispensableDisks() {
        return disks.stream().filter(this::isDispensable).toList();
    }

    private boolean isDispensable(Device disk) {
        Set<String> lost = disk.partitions().isEmpty()
                ? Set.of(disk.device())
                : disk.partitions().stream()
                        .map(partition -> partitionDevice(disk.device(), partition.number()))
                        .collect(Collectors.toSet());
        boolean isBare = Stream.concat(
                        fileSystems.stream().map(FileSystem::device),
                        volumeGroups.stream().flatMap(group -> group.devices().stream()))
                .anyMatch(lost::contains);
        List<Array> touched = arrays.stream()
                .filter(array -> array.devices().stream().anyMatch(lost::contains))
                .toList();
        return !isBare && !touched.isEmpty() && touched.stream().allMatch(array -> array.survives(lost));
    }

    FileSystem root() {
        return fileSystems.stream()
                .filter(system -> system.label().equals(ROOT_LABEL))
                .findFirst()
                .orElseThrow();
    }

    /** The hammer's commands that partition the disks, and make arrays and volumes. */
    List<String> partitionCommands() {
        List<String> commands = new ArrayList<>();
        for (Device disk : disks) {
            List<String> options = new ArrayList<>();
            if (disk.wipe()) {
                options.add("--zap-all");
            }
            for (Partition partition : disk.partitions()) {
                options.add("--new=%d:0:+%dM".formatted(partition.number(), partition.size()));
                options.add("--change-name=%d:%s".formatted(partition.number(), partition.label()));
                partition.type().ifPresent(type -> options.add("--typecode=%d:%s".formatted(partition.number(), type)));
            }
            options.add(disk.device());
            commands.add(Shell.command("run", "wipefs", "--all", disk.device()));
            if (!disk.partitions().isEmpty()) {
                commands.add(Shell.command(Stream.concat(Stream.of("run", "sgdisk"), options.stream())));
                commands.add(Shell.command("reread", disk.device()));
            }
        }
        for (Array array : arrays) {
            List<String> options = new ArrayList<>(List.of("run", "mdadm", "--create", array.device()));
            options.addAll(List.of("--force", "--run", "--homehost", "any", "--level", array.level()));
            options.addAll(
                    List.of("--raid-devices", Integer.toString(array.devices().size() - array.spares())));
            if (Set.of("0", "1").contains(array.level())) {
                options.add("--assume-clean");
            }
            if (array.spares() > 0) {
                options.addAll(List.of("--spare-devices", Integer.toString(array.spares())));
            }
            options.addAll(array.createOptions());
            options.addAll(array.devices());
            commands.add(Shell.command(options.stream()));
        }
        for (VolumeGroup group : volumeGroups) {
            List<String> options = new ArrayList<>(List.of("run", "lvm", "vgcreate", group.name()));
            group.tags().forEach(tag -> options.addAll(List.of("--addtag", tag)));
            options.addAll(group.devices());
            commands.add(Shell.command(options.stream()));
        }
        for (LogicalVolume volume : logicalVolumes) {
            commands.add(Shell.command(creation(volume).stream()));
        }
        return commands;
    }

    private List<String> creation(LogicalVolume volume) {
        int devices = volumeGroups.stream()
                .filter(group -> group.name().equals(volume.volumeGroup()))
                .mapToInt(group -> group.devices().size())
                .sum();
        List<String> options = new ArrayList<>(List.of("run", "lvm", "lvcreate", "--name", volume.name()));
        options.addAll(List.of("--wipesignatures", "y", "--yes"));
        options.addAll(volume.size() > 0 ? List.of("--size", volume.size() + "m") : List.of("--extents", "100%FREE"));
        switch (devices < 2 ? VolumeType.LINEAR : volume.type()) {
            case LINEAR -> {}
            case STRIPED -> options.addAll(List.of("--type", "striped", "--stripes", Integer.toString(devices)));
            case RAID1 -> options.addAll(List.of("--type", "raid1", "--mirrors", "1", "--nosync"));
        }
        options.add(volume.volumeGroup());
        return options;
    }

    /** The hammer's commands that make the file systems. */
    List<String> formatCommands() {
        List<String> commands = new ArrayList<>();
        for (FileSystem system : fileSystems) {
            List<String> program = switch (system.format()) {
                case EXT3, EXT4 -> List.of("mkfs." + system.format().lowerCase());
                case VFAT -> List.of("mkfs.vfat");
                case SWAP -> List.of("mkswap");
                case TMPFS, NONE -> List.of();
            };
            List<String> label = switch (system.format()) {
                case EXT3, EXT4 -> List.of("-F", "-L", system.label());
                case VFAT -> List.of("-n", system.label());
                case SWAP -> List.of("-f", "-L", system.label());
                case TMPFS, NONE -> List.of();
            };
            if (!program.isEmpty()) {
                commands.add(Shell.command(
                        Stream.of(List.of("run"), program, system.createOptions(), label, List.of(system.device()))
                                .flatMap(List::stream)));
            }
        }
        return commands;
    }

    private List<FileSystem> byDepth() {
        return fileSystems.stream()
                .filter(system -> system.path().isPresent())
                .sorted(Comparator.comparingInt(FileSystem::depth))
                .toList();
    }

    /** The hammer's commands that mount the file systems, outermost first. */
    List<String> mountCommands() {
        return byDepth().stream()
                .filter(system -> system.format() != Format.SWAP && system.format() != Format.TMPFS)
                .map(system -> Shell.command(
                        "mount_at",
                        system.device(),
                        system.path().orElseThrow(),
                        system.format().lowerCase(),
                        system.mountOptions().stream()
                                .filter(option -> !OPTIONS_OF_FSTAB.contains(option) && !option.startsWith("x-"))
                                .collect(Collectors.joining(","))))
                .toList();
    }

    /** The hammer's commands that assemble what is on the disks already. */
    List<String> assembleCommands() {
        List<String> commands = new ArrayList<>();
        for (Array array : arrays) {
            commands.add(Shell.command(Stream.concat(
                    Stream.of("run", "mdadm", "--assemble", "--run", array.device()), array.devices().stream())));
        }
        if (!volumeGroups.isEmpty()) {
            commands.add(Shell.command("run", "lvm", "vgchange", "--activate", "y"));
        }
        return commands;
    }

    /** The hammer's commands that write {@code fstab}. */
    List<String> fstabCommands() {
        List<String> commands = new ArrayList<>();
        for (FileSystem system : byDepth()) {
            String options = system.mountOptions().isEmpty() ? "defaults" : String.join(",", system.mountOptions());
            String path = system.path().orElseThrow();
            int pass = path.equals("/") ? 1 : system.format() == Format.TMPFS ? 0 : 2;
            commands.add(Shell.command(
                    "fstab", system.device(), path, system.format().lowerCase(), options, Integer.toString(pass)));
        }
        return commands;
    }

    /** The hammer's commands that write {@code disk.json}, which tells the installer of the file systems. */
    List<String> diskInformationCommands() {
        return List.of(Shell.command(Stream.concat(
                Stream.of("disk_information"),
                byDepth().stream()
                        .filter(system -> TOLD_LABELS.contains(system.label()))
                        .flatMap(system ->
                                Stream.of(system.label(), system.format().lowerCase(), system.device())))));
    }
}
