package io.metalimages.build.differential;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.LongStream;

/** Writes Dockerfiles by chance: the same seed gives the same one. */
final class RandomCase {

    private static final String SETUP = """
            mkdir -p d/sub/deep e; chmod 750 d/sub; echo f > f; echo g > g.txt; echo a > d/a; echo b > d/b.txt
            echo c > d/sub/c; echo e > d/sub/deep/e.txt; chmod 600 d/a; chmod 755 g.txt
            ln -s f l; ln -s d ld; ln -s ../f d/up; ln -s sub d/in; ln d/a d/h
            """;

    private static final List<String> SOURCES = List.of(
            "f",
            "g.txt",
            "d",
            "d/",
            "d/a",
            "d/sub",
            "d/sub/",
            "l",
            "ld",
            "ld/a",
            "d/in/c",
            "d/up",
            "e",
            ".",
            "./d",
            "../f",
            "*",
            "d/*",
            "?",
            "*.txt",
            "d/*/*",
            "[fg]*",
            "d/s*",
            "l*",
            "none*",
            "$S",
            "/d/sub/c",
            "d/./sub");

    private static final List<String> DESTINATIONS = List.of(
            "/x",
            "/x/",
            "y",
            "y/",
            ".",
            "./",
            "/",
            "/srv",
            "/srv/",
            "/srv-link",
            "/srv-link/",
            "/srv-link/q",
            "/x/y/z/",
            "/x/../w",
            "/x/sub",
            "$D/v",
            "/made",
            "/made/in/",
            "/root/r",
            "/tmp/");

    private static final List<String> FLAGS = List.of(
            "--chown=app",
            "--chown=1000:1002",
            "--chown=app:team",
            "--chown=7",
            "--chmod=644",
            "--chmod=2750",
            "--chmod=u=rwX,go=rX",
            "--chmod=a+x",
            "--link",
            "--exclude=*.txt",
            "--exclude=**/a",
            "--exclude=c");

    private static final List<String> COMMANDS = List.of(
            "echo $A$B >> /made-by-run",
            "mkdir -p /made/in && echo 1 > /made/file",
            "mkdir -p -m 711 /x/sub",
            "ln -s /srv /x",
            "ln -sf /made /y",
            "rm -rf /x",
            "mv /srv /moved && mkdir /srv",
            "ln /etc/passwd /x-passwd",
            "chmod -R o-rwx /srv /root",
            "chown -R 5:6 /srv /home",
            "touch -d '2001-02-03 04:05:06' /etc/passwd /home",
            "rm -rf /home && mkdir /home",
            "pwd > /tmp/where && id >> /tmp/where",
            "mkfifo /pipe; echo done");

    private static final List<String> REST = List.of(
            "ENV A=1$A",
            "ENV D=/dir S=d/sub",
            "ENV B=\"$A ${S:-none}\" C=${B%x*}",
            "ENV S=${S/d/f}",
            "ARG A=arg",
            "ARG A",
            "ARG D=/argdir B",
            "ARG S=f",
            "LABEL a=$A b=\"$B\"",
            "WORKDIR /w",
            "WORKDIR v/../u",
            "WORKDIR $D",
            "WORKDIR /",
            "WORKDIR /srv-link/w",
            "USER app",
            "USER 7:8",
            "USER root",
            "USER app:team",
            "CMD echo $A",
            "CMD [\"c\"]",
            "ENTRYPOINT [\"e\", \"$A\"]",
            "ENTRYPOINT e",
            "EXPOSE 80 9$A/udp",
            "VOLUME /v ${D:-/u}",
            "STOPSIGNAL SIGINT",
            "SHELL [\"/bin/sh\", \"-ec\"]",
            "HEALTHCHECK --retries=2 CMD x",
            "HEALTHCHECK NONE",
            "ONBUILD ENV O=$A",
            "ONBUILD COPY f /onbuild/",
            "ONBUILD WORKDIR on",
            "ONBUILD USER app");

    private static final List<String> IGNORED =
            List.of("*.txt", "d/sub", "!d/sub/c", "**/a", "e", "l*", "!ld", "d/*", "!d/in");

    private static final int KEPT = 20;

    private final Random random;
    private final int stages;

    private RandomCase(long seed) {
        random = new Random(seed);
        stages = 1 + random.nextInt(3);
    }

    /** Those whose results are kept, too. */
    static List<Case> kept() {
        return LongStream.rangeClosed(1, KEPT).mapToObj(RandomCase::of).toList();
    }

    static Case of(long seed) {
        return new RandomCase(seed).make(seed);
    }

    private Case make(long seed) {
        StringBuilder dockerfile = new StringBuilder();
        if (chance(3)) {
            dockerfile.append("ARG A=global\n");
        }
        for (int stage = 0; stage < stages; stage++) {
            String base = stage > 0 && chance(2) ? "s" + random.nextInt(stage) : "base";
            dockerfile
                    .append("FROM ")
                    .append(base)
                    .append(" AS s")
                    .append(stage)
                    .append('\n');
            int instructions = 2 + random.nextInt(7);
            for (int instruction = 0; instruction < instructions; instruction++) {
                dockerfile.append(instruction(stage)).append('\n');
            }
        }
        Map<String, String> files = new LinkedHashMap<>();
        files.put(Case.DOCKERFILE, dockerfile.toString());
        if (chance(4)) {
            files.put(".dockerignore", String.join("\n", some(IGNORED, 3)) + "\n");
        }
        Map<String, String> arguments = chance(3) ? Map.of("A", "given") : Map.of();
        return new Case("random/" + seed, files, List.of(SETUP), arguments, Map.of(), Optional.empty());
    }

    private String instruction(int stage) {
        return switch (random.nextInt(10)) {
            case 0, 1, 2, 3 -> copy(stage);
            case 4 -> "ADD " + flags(FLAGS.subList(0, 8)) + one(SOURCES) + " " + one(DESTINATIONS);
            case 5 -> "RUN " + one(COMMANDS);
            case 6 -> "COPY " + flags(FLAGS.subList(0, 9)) + "<<E " + one(DESTINATIONS) + "\n$A ${B:-b}\nE";
            default -> one(REST);
        };
    }

    private String copy(int stage) {
        String flags = flags(FLAGS);
        if (stage > 0 && chance(3)) {
            String from = "s" + random.nextInt(stage);
            String source = one(List.of("/x", "/etc/passwd", "/srv", "/etc", "/made*", "/tmp/", "/y", "/w"));
            return "COPY --from=" + from + " " + flags + source + " " + one(DESTINATIONS);
        }
        List<String> sources = some(SOURCES, 2);
        if (sources.isEmpty()) {
            sources = List.of("d");
        }
        return "COPY " + flags + words(sources) + one(DESTINATIONS);
    }

    private boolean chance(int of) {
        return random.nextInt(of) == 0;
    }

    private <T> T one(List<T> things) {
        return things.get(random.nextInt(things.size()));
    }

    private List<String> some(List<String> things, int most) {
        List<String> some = new ArrayList<>();
        for (int count = random.nextInt(most + 1); count > 0; count--) {
            some.add(one(things));
        }
        return some;
    }

    /** At most two, none of them twice. */
    private String flags(List<String> flags) {
        Map<String, String> chosen = new LinkedHashMap<>();
        some(flags, 2).forEach(flag -> chosen.put(flag.split("=", 2)[0], flag));
        return words(List.copyOf(chosen.values()));
    }

    private static String words(List<String> words) {
        StringBuilder text = new StringBuilder();
        words.forEach(word -> text.append(word).append(' '));
        return text.toString();
    }
}
