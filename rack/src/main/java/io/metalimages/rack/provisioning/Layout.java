package io.metalimages.rack.provisioning;

import io.metalimages.common.FaultException;
import io.metalimages.rack.machine.Disk;
import java.io.IOException;
import java.nio.file.Path;
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

        String lowerCase() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static final String ROOT_LABEL = "root";

    /** What GPT and its copy at the end of a disk take, and the alignment of partitions, rounded up. */
    private static final long TABLE_MEBIBYTES = 2;

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

    /** The file systems that are mounted, outermost first. */
    List<FileSystem> mounted() {
        return fileSystems.stream()
                .filter(system -> system.path().isPresent())
                .sorted(Comparator.comparingInt(FileSystem::depth))
                .toList();
    }
}
