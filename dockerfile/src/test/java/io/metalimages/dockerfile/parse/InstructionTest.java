package io.metalimages.dockerfile.parse;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.dockerfile.syntax.Command;
import io.metalimages.dockerfile.syntax.Instruction;
import io.metalimages.dockerfile.syntax.Stage;
import io.metalimages.dockerfile.syntax.Transfer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** What each instruction makes of its line. */
class InstructionTest {

    private static <I extends Instruction> I parse(Class<I> type, String line) {
        Stage stage = DockerfileParser.parse("Dockerfile", "FROM scratch\n" + line)
                .stages()
                .getLast();
        Instruction instruction = stage.instructions().isEmpty()
                ? stage.from()
                : stage.instructions().getLast();
        assertThat(instruction).isInstanceOf(type);
        return type.cast(instruction);
    }

    private static Command.Exec exec(String... arguments) {
        return new Command.Exec(List.of(arguments));
    }

    private static Command.Shell shell(String line) {
        return new Command.Shell(line, List.of());
    }

    private static Instruction.Assignment assignment(String name, String value) {
        return new Instruction.Assignment(name, value);
    }

    @Test
    void from() {
        Instruction.From plain = parse(Instruction.From.class, "FROM debian:bookworm");
        assertThat(plain.image()).isEqualTo("debian:bookworm");
        assertThat(plain.platform()).isEmpty();
        assertThat(plain.name()).isEmpty();

        Instruction.From named = parse(Instruction.From.class, "from --platform=linux/arm64 a@sha256:00 as B.c-d_1");
        assertThat(named.image()).isEqualTo("a@sha256:00");
        assertThat(named.platform()).contains("linux/arm64");
        assertThat(named.name()).contains("b.c-d_1");
    }

    @Test
    void arg() {
        assertThat(parse(Instruction.Arg.class, "ARG a b= c=\"x y\" d='\\' e=$a")
                        .declarations())
                .containsExactly(
                        new Instruction.Arg.Declaration("a", Optional.empty()),
                        new Instruction.Arg.Declaration("b", Optional.of("")),
                        new Instruction.Arg.Declaration("c", Optional.of("\"x y\"")),
                        new Instruction.Arg.Declaration("d", Optional.of("'\\'")),
                        new Instruction.Arg.Declaration("e", Optional.of("$a")));
    }

    @Test
    void env() {
        assertThat(parse(Instruction.Env.class, "ENV a=1 b=\"2 3\" c=4\\ 5 d=").assignments())
                .containsExactly(
                        assignment("a", "1"),
                        assignment("b", "\"2 3\""),
                        assignment("c", "4\\ 5"),
                        assignment("d", ""));
        assertThat(parse(Instruction.Env.class, "ENV name some value=x  y").assignments())
                .containsExactly(assignment("name", "some value=x  y"));
    }

    @Test
    void label() {
        assertThat(parse(Instruction.Label.class, "LABEL \"com.example.a b\"=c d=\"e\\\nf\"")
                        .assignments())
                .containsExactly(assignment("\"com.example.a b\"", "c"), assignment("d", "\"ef\""));
        assertThat(parse(Instruction.Label.class, "LABEL a b c").assignments()).containsExactly(assignment("a", "b c"));
    }

    @Test
    void maintainer() {
        assertThat(parse(Instruction.Maintainer.class, "MAINTAINER Some Body <some@body>")
                        .author())
                .isEqualTo("Some Body <some@body>");
    }

    @Test
    void run() {
        Instruction.Run plain = parse(Instruction.Run.class, "RUN echo \"a  $b\" | cat");
        assertThat(plain.command()).isEqualTo(shell("echo \"a  $b\" | cat"));
        assertThat(plain.mounts()).isEmpty();
        assertThat(plain.network()).isEqualTo(Instruction.Run.Network.DEFAULT);
        assertThat(plain.security()).isEqualTo(Instruction.Run.Security.SANDBOX);
        assertThat(plain.devices()).isEmpty();

        assertThat(parse(Instruction.Run.class, "RUN [\"a\", \"b c\", \"\\u0064\"]")
                        .command())
                .isEqualTo(exec("a", "b c", "d"));
        assertThat(parse(Instruction.Run.class, "RUN [ -f x ] && y").command()).isEqualTo(shell("[ -f x ] && y"));
    }

    @Test
    void runWithFlags() {
        Instruction.Run run = parse(
                Instruction.Run.class,
                "RUN --mount=type=cache,target=/a --mount=\"type=bind,target=/b c\" --network=none "
                        + "--security=insecure --device=vendor.com/class=x,required --device=name=y/z,required=false "
                        + "-- --verbose");

        assertThat(run.mounts()).containsExactly("type=cache,target=/a", "type=bind,target=/b c");
        assertThat(run.network()).isEqualTo(Instruction.Run.Network.NONE);
        assertThat(run.security()).isEqualTo(Instruction.Run.Security.INSECURE);
        assertThat(run.devices())
                .containsExactly(
                        new Instruction.Run.Device("vendor.com/class=x", true),
                        new Instruction.Run.Device("y/z", false));
        assertThat(run.command()).isEqualTo(shell("--verbose"));
    }

    @Test
    void copy() {
        Instruction.Copy copy = parse(
                Instruction.Copy.class,
                "COPY --from=builder --chown=$U:$G --chmod=u=rwX,go= --link=false --parents --exclude=*.md "
                        + "--exclude=**/x a \"b c/ /d/");

        assertThat(copy.from()).contains("builder");
        assertThat(copy.parents()).isTrue();
        assertThat(copy.transfer())
                .isEqualTo(new Transfer(
                        List.of(
                                new Transfer.Origin.Named("a"),
                                new Transfer.Origin.Named("\"b"),
                                new Transfer.Origin.Named("c/")),
                        "/d/",
                        Optional.of("$U:$G"),
                        Optional.of("u=rwX,go="),
                        false,
                        List.of("*.md", "**/x")));
    }

    @Test
    void copyWithNamesThatHaveBlanks() {
        Transfer transfer = parse(Instruction.Copy.class, "COPY [\"a b\", \"<<c\", \"/d e/\"]")
                .transfer();

        assertThat(transfer.sources())
                .containsExactly(new Transfer.Origin.Named("a b"), new Transfer.Origin.Named("<<c"));
        assertThat(transfer.destination()).isEqualTo("/d e/");
    }

    @Test
    void add() {
        Instruction.Add plain = parse(Instruction.Add.class, "ADD a /");
        assertThat(plain.checksum()).isEmpty();
        assertThat(plain.keepGitDirectory()).isEmpty();
        assertThat(plain.unpack()).isEmpty();

        Instruction.Add full = parse(
                Instruction.Add.class,
                "ADD --checksum=sha256:00 --keep-git-dir --unpack=FALSE --link --chmod=644 --chown=1 --exclude=x "
                        + "https://example.com/a.git#v1 /b");
        assertThat(full.checksum()).contains("sha256:00");
        assertThat(full.keepGitDirectory()).contains(true);
        assertThat(full.unpack()).contains(false);
        assertThat(full.transfer())
                .isEqualTo(new Transfer(
                        List.of(new Transfer.Origin.Named("https://example.com/a.git#v1")),
                        "/b",
                        Optional.of("1"),
                        Optional.of("644"),
                        true,
                        List.of("x")));
    }

    @Test
    void workdirUserAndStopSignal() {
        assertThat(parse(Instruction.Workdir.class, "WORKDIR /a b/$c").path()).isEqualTo("/a b/$c");
        assertThat(parse(Instruction.User.class, "USER ${u:-root}:0").user()).isEqualTo("${u:-root}:0");
        assertThat(parse(Instruction.StopSignal.class, "STOPSIGNAL SIGRTMIN+3").signal())
                .isEqualTo("SIGRTMIN+3");
    }

    @Test
    void shellCmdAndEntrypoint() {
        assertThat(parse(Instruction.Shell.class, "SHELL [\"/bin/bash\", \"-c\"]")
                        .arguments())
                .containsExactly("/bin/bash", "-c");
        assertThat(parse(Instruction.Cmd.class, "CMD a b").command()).isEqualTo(shell("a b"));
        assertThat(parse(Instruction.Cmd.class, "CMD [\"a\"]").command()).isEqualTo(exec("a"));
        assertThat(parse(Instruction.Cmd.class, "CMD []").command()).isEqualTo(exec());
        assertThat(parse(Instruction.Entrypoint.class, "ENTRYPOINT exec a").command())
                .isEqualTo(shell("exec a"));
        assertThat(parse(Instruction.Entrypoint.class, "ENTRYPOINT [ ]").command())
                .isEqualTo(exec());
    }

    @Test
    void exposeAndVolume() {
        assertThat(parse(Instruction.Expose.class, "EXPOSE 80/tcp $PORTS 8000-8010/udp")
                        .ports())
                .containsExactly("80/tcp", "$PORTS", "8000-8010/udp");
        assertThat(parse(Instruction.Volume.class, "VOLUME /a $b").paths()).containsExactly("/a", "$b");
        assertThat(parse(Instruction.Volume.class, "VOLUME [\"/a b\"]").paths()).containsExactly("/a b");
    }

    @Test
    void healthCheck() {
        Instruction.HealthCheck none = parse(Instruction.HealthCheck.class, "HEALTHCHECK none");
        assertThat(none.test()).isEmpty();
        assertThat(none.interval()).isEmpty();
        assertThat(none.retries()).isEmpty();

        Instruction.HealthCheck full = parse(
                Instruction.HealthCheck.class,
                "HEALTHCHECK --interval=1m30s --timeout=1.5s --start-period=0s --start-interval=500ms --retries=3 "
                        + "\\\n  CMD  curl -f  http://localhost/ || exit 1");
        assertThat(full.test()).contains(shell("curl -f  http://localhost/ || exit 1"));
        assertThat(full.interval()).contains(Duration.ofSeconds(90));
        assertThat(full.timeout()).contains(Duration.ofMillis(1500));
        assertThat(full.startPeriod()).contains(Duration.ZERO);
        assertThat(full.startInterval()).contains(Duration.ofMillis(500));
        assertThat(full.retries()).isEqualTo(OptionalInt.of(3));

        assertThat(parse(Instruction.HealthCheck.class, "HEALTHCHECK CMD [\"a\", \"b\"]")
                        .test())
                .contains(exec("a", "b"));
    }

    @Test
    void onBuild() {
        Instruction.OnBuild onBuild = parse(Instruction.OnBuild.class, "OnBuild run --mount=target=/x make \\\n  all");

        assertThat(onBuild.trigger()).isInstanceOfSatisfying(Instruction.Run.class, run -> {
            assertThat(run.command()).isEqualTo(shell("make   all"));
            assertThat(run.mounts()).containsExactly("target=/x");
            assertThat(run.source().text()).isEqualTo("run --mount=target=/x make   all");
            assertThat(run.source().range()).isEqualTo(onBuild.source().range());
        });
    }
}
