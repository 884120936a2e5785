package io.metalimages.rack.provisioning;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the hammer is told to do for a {@link Layout}, as lines of shell: programs, and functions of
 * {@code rack/hammer/context/functions}.
 */
final class LayoutCommands {

    /** Which file systems metal-hammer tells the installer of in {@code disk.json}. */
    private static final Set<String> TOLD_LABELS = Set.of(Layout.ROOT_LABEL, "efi", "varlib");

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

    private final Layout layout;

    LayoutCommands(Layout layout) {
        this.layout = layout;
    }

    /** Partitions the disks, and makes arrays and volumes. */
    List<String> partition() {
        return Stream.of(
                        layout.disks().stream().flatMap(LayoutCommands::partition),
                        layout.arrays().stream().map(LayoutCommands::creation),
                        layout.volumeGroups().stream().map(LayoutCommands::creation),
                        layout.logicalVolumes().stream().map(this::creation))
                .flatMap(Function.identity())
                .toList();
    }

    private static Stream<String> partition(Layout.Device disk) {
        String wipe = Shell.command("run", "wipefs", "--all", disk.device());
        if (disk.partitions().isEmpty()) {
            return Stream.of(wipe);
        }
        List<String> words = new ArrayList<>(List.of("run", "sgdisk"));
        if (disk.wipe()) {
            words.add("--zap-all");
        }
        for (Layout.Partition partition : disk.partitions()) {
            words.add("--new=%d:0:+%dM".formatted(partition.number(), partition.size()));
            words.add("--change-name=%d:%s".formatted(partition.number(), partition.label()));
            partition.type().ifPresent(type -> words.add("--typecode=%d:%s".formatted(partition.number(), type)));
        }
        words.add(disk.device());
        return Stream.of(wipe, Shell.command(words.stream()), Shell.command("reread", disk.device()));
    }

    private static String creation(Layout.Array array) {
        List<String> words = new ArrayList<>(List.of("run", "mdadm", "--create", array.device()));
        words.addAll(List.of("--force", "--run", "--homehost", "any", "--level", array.level()));
        words.addAll(List.of("--raid-devices", Integer.toString(array.devices().size() - array.spares())));
        if (Set.of("0", "1").contains(array.level())) {
            words.add("--assume-clean");
        }
        if (array.spares() > 0) {
            words.addAll(List.of("--spare-devices", Integer.toString(array.spares())));
        }
        words.addAll(array.createOptions());
        words.addAll(array.devices());
        return Shell.command(words.stream());
    }

    private static String creation(Layout.VolumeGroup group) {
        List<String> words = new ArrayList<>(List.of("run", "lvm", "vgcreate", group.name()));
        group.tags().forEach(tag -> words.addAll(List.of("--addtag", tag)));
        words.addAll(group.devices());
        return Shell.command(words.stream());
    }

    private String creation(Layout.LogicalVolume volume) {
        int devices = layout.volumeGroups().stream()
                .filter(group -> group.name().equals(volume.volumeGroup()))
                .mapToInt(group -> group.devices().size())
                .sum();
        List<String> words = new ArrayList<>(List.of("run", "lvm", "lvcreate", "--name", volume.name()));
        words.addAll(List.of("--wipesignatures", "y", "--yes"));
        words.addAll(volume.size() > 0 ? List.of("--size", volume.size() + "m") : List.of("--extents", "100%FREE"));
        switch (devices < 2 ? Layout.VolumeType.LINEAR : volume.type()) {
            case LINEAR -> {}
            case STRIPED -> words.addAll(List.of("--type", "striped", "--stripes", Integer.toString(devices)));
            case RAID1 -> words.addAll(List.of("--type", "raid1", "--mirrors", "1", "--nosync"));
        }
        words.add(volume.volumeGroup());
        return Shell.command(words.stream());
    }

    /** Makes the file systems. */
    List<String> format() {
        List<String> commands = new ArrayList<>();
        for (Layout.FileSystem system : layout.fileSystems()) {
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

    /** Mounts the file systems, outermost first. */
    List<String> mount() {
        return layout.mounted().stream()
                .filter(system -> system.format() != Layout.Format.SWAP && system.format() != Layout.Format.TMPFS)
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

    /** Assembles what is on the disks already. */
    List<String> assemble() {
        List<String> commands = new ArrayList<>();
        for (Layout.Array array : layout.arrays()) {
            commands.add(Shell.command(Stream.concat(
                    Stream.of("run", "mdadm", "--assemble", "--run", array.device()), array.devices().stream())));
        }
        if (!layout.volumeGroups().isEmpty()) {
            commands.add(Shell.command("run", "lvm", "vgchange", "--activate", "y"));
        }
        return commands;
    }

    /** Writes {@code fstab}. */
    List<String> fstab() {
        List<String> commands = new ArrayList<>();
        for (Layout.FileSystem system : layout.mounted()) {
            String options = system.mountOptions().isEmpty() ? "defaults" : String.join(",", system.mountOptions());
            String path = system.path().orElseThrow();
            int pass = path.equals("/") ? 1 : system.format() == Layout.Format.TMPFS ? 0 : 2;
            commands.add(Shell.command(
                    "fstab", system.device(), path, system.format().lowerCase(), options, Integer.toString(pass)));
        }
        return commands;
    }

    /** Writes {@code disk.json}, which tells the installer of the file systems. */
    List<String> diskInformation() {
        return List.of(Shell.command(Stream.concat(
                Stream.of("disk_information"),
                layout.mounted().stream()
                        .filter(system -> TOLD_LABELS.contains(system.label()))
                        .flatMap(system ->
                                Stream.of(system.label(), system.format().lowerCase(), system.device())))));
    }
}
