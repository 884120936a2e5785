package io.metalimages.build.base;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The distributions that can be bootstrapped. A new one is a row here. */
public final class Distributions {

    private static final String KEYRINGS = "/usr/share/keyrings/";

    static final AptDistribution DEBIAN = new AptDistribution(
            "debian",
            "Debian",
            Map.of(
                    "11", "bullseye",
                    "bullseye", "bullseye",
                    "12", "bookworm",
                    "bookworm", "bookworm",
                    "13", "trixie",
                    "trixie", "trixie",
                    "forky", "forky",
                    "sid", "sid"),
            List.of("oldoldstable", "oldstable", "stable", "testing", "unstable"),
            List.of("sid"),
            new AptDistribution.Layout(
                    AptDistribution.SuiteName.CODENAME, AptDistribution.SecurityUpdates.ARCHIVE_OF_THEIR_OWN),
            List.of("main"),
            new AptDistribution.Keyring(
                    List.of(
                            Path.of(KEYRINGS + "debian-archive-keyring.gpg"),
                            Path.of(KEYRINGS + "debian-archive-keyring.pgp")),
                    "debian-archive-keyring"));

    static final AptDistribution UBUNTU = new AptDistribution(
            "ubuntu",
            "Ubuntu",
            Map.of(
                    "22.04", "jammy",
                    "jammy", "jammy",
                    "24.04", "noble",
                    "noble", "noble",
                    "26.04", "resolute",
                    "resolute", "resolute"),
            List.of(),
            List.of(),
            new AptDistribution.Layout(
                    AptDistribution.SuiteName.SUITE, AptDistribution.SecurityUpdates.IN_THE_SAME_ARCHIVE),
            List.of("main"),
            new AptDistribution.Keyring(List.of(Path.of(KEYRINGS + "ubuntu-archive-keyring.gpg")), "ubuntu-keyring"));

    static final RpmDistribution ALMALINUX = new RpmDistribution(
            "almalinux",
            "AlmaLinux",
            Map.of(
                    "9", "9",
                    "10", "10"),
            List.of(
                    new RpmDistribution.Repository(
                            "baseos", "$releasever/BaseOS/$basearch/os", RpmDistribution.Use.BASE),
                    new RpmDistribution.Repository(
                            "appstream", "$releasever/AppStream/$basearch/os", RpmDistribution.Use.BASE),
                    new RpmDistribution.Repository(
                            "extras", "$releasever/extras/$basearch/os", RpmDistribution.Use.ENABLED),
                    new RpmDistribution.Repository(
                            "crb", "$releasever/CRB/$basearch/os", RpmDistribution.Use.DISABLED)),
            new RpmDistribution.Repository("epel", "$releasever/Everything/$basearch", RpmDistribution.Use.ENABLED),
            List.of("almalinux-release", "bash", "coreutils", "dnf", "glibc-minimal-langpack", "rpm"),
            Map.of(
                    "9", "var/lib/rpm",
                    "10", "usr/lib/sysimage/rpm"),
            "RPM-GPG-KEY-AlmaLinux-$releasever");

    public static final List<Distribution> ALL = List.of(DEBIAN, UBUNTU, ALMALINUX);

    private Distributions() {}
}
