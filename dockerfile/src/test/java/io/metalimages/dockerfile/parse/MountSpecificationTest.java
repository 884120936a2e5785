package io.metalimages.dockerfile.parse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.dockerfile.DockerfileException;
import io.metalimages.dockerfile.SourceRange;
import io.metalimages.dockerfile.syntax.MountSpecification;
import io.metalimages.dockerfile.words.WordExpander;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The values of {@code RUN --mount}. */
class MountSpecificationTest {

    private static final SourceRange RANGE = new SourceRange("Dockerfile", 3, 3);

    private static MountSpecification parse(String text) {
        return MountParser.parse(text, UnaryOperator.identity(), RANGE);
    }

    @Test
    void bindIsTheDefaultAndReadOnly() {
        assertThat(parse("target=/a")).isEqualTo(new MountSpecification.Bind("/a", Optional.empty(), "", true));
        assertThat(parse("TYPE=Bind,dst=a,from=builder,src=/b,rw"))
                .isEqualTo(new MountSpecification.Bind("a", Optional.of("builder"), "/b", false));
        assertThat(parse("destination=/a,readwrite=false"))
                .isEqualTo(new MountSpecification.Bind("/a", Optional.empty(), "", true));
        assertThat(parse("target=/a,ro,rw")).isEqualTo(parse("target=/a,ro=false"));
        assertThat(parse("\"target=/a,b\",\"source=\"\"c\"\"\""))
                .isEqualTo(new MountSpecification.Bind("/a,b", Optional.empty(), "\"c\"", true));
    }

    @Test
    void cacheIsCalledLikeItsTarget() {
        assertThat(parse("type=cache,target=/var//cache/./apt/"))
                .isEqualTo(new MountSpecification.Cache(
                        "/var//cache/./apt/",
                        "/var/cache/apt",
                        MountSpecification.Sharing.SHARED,
                        Optional.empty(),
                        "",
                        OptionalInt.empty(),
                        OptionalLong.empty(),
                        OptionalLong.empty(),
                        false));
        assertThat(parse("type=cache,id=i,target=/c,sharing=locked,from=f,source=/s,mode=0700,uid=1,gid=4294967295,ro"))
                .isEqualTo(new MountSpecification.Cache(
                        "/c",
                        "i",
                        MountSpecification.Sharing.LOCKED,
                        Optional.of("f"),
                        "/s",
                        OptionalInt.of(0700),
                        OptionalLong.of(1),
                        OptionalLong.of(4294967295L),
                        true));
    }

    @ParameterizedTest
    @CsvSource({"1024,1024", "64m,67108864", "1.5GiB,1610612736", "2 kb,2048", "0,0", "7b,7", "1T,1099511627776"})
    void tmpfsHasASize(String size, long bytes) {
        assertThat(parse("type=tmpfs,target=/t,size=" + size))
                .isEqualTo(new MountSpecification.Tmpfs("/t", OptionalLong.of(bytes), false));
    }

    @Test
    void tmpfsNeedsNoSize() {
        assertThat(parse("type=tmpfs,target=/t"))
                .isEqualTo(new MountSpecification.Tmpfs("/t", OptionalLong.empty(), false));
    }

    @Test
    void secretIsAFileAVariableOrBoth() {
        assertThat(parse("type=secret,id=aws/key")).isEqualTo(secret("aws/key", "/run/secrets/key", null, false));
        assertThat(parse("type=secret,source=key,required=true"))
                .isEqualTo(secret("key", "/run/secrets/key", null, true));
        assertThat(parse("type=secret,target=/a/key,required")).isEqualTo(secret("key", "/a/key", null, true));
        assertThat(parse("type=secret,id=key,env=KEY")).isEqualTo(secret("key", null, "KEY", false));
        assertThat(parse("type=secret,id=key,env=KEY,target=/k")).isEqualTo(secret("key", "/k", "KEY", false));
    }

    private static MountSpecification secret(
            String id, @Nullable String target, @Nullable String variable, boolean required) {
        return new MountSpecification.Secret(
                id,
                Optional.ofNullable(target),
                Optional.ofNullable(variable),
                required,
                OptionalInt.empty(),
                OptionalLong.empty(),
                OptionalLong.empty());
    }

    @Test
    void sshHasADefaultAgent() {
        assertThat(parse("type=ssh"))
                .isEqualTo(new MountSpecification.Ssh(
                        "default",
                        Optional.empty(),
                        false,
                        OptionalInt.empty(),
                        OptionalLong.empty(),
                        OptionalLong.empty()));
        assertThat(parse("type=ssh,id=git,target=/s,required,mode=600,uid=2,gid=3"))
                .isEqualTo(new MountSpecification.Ssh(
                        "git", Optional.of("/s"), true, OptionalInt.of(0600), OptionalLong.of(2), OptionalLong.of(3)));
    }

    @Test
    void valuesAreExpandedAfterTheKeysAreToldApart() {
        Map<String, String> variables = Map.of("KIND", "cache", "NAME", "a,readonly=true", "YES", "1");
        WordExpander expander = new WordExpander('\\', name -> Optional.ofNullable(variables.get(name)));

        MountSpecification mount = MountParser.parse(
                "type=$KIND,target=/${NAME},ro=$YES",
                value -> expander.expand(value, RANGE).text(),
                RANGE);

        assertThat(mount).isInstanceOfSatisfying(MountSpecification.Cache.class, cache -> {
            assertThat(cache.target()).isEqualTo("/a,readonly=true");
            assertThat(cache.readOnly()).isTrue();
        });
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '~',
            value = {
                "type=cahce           ~ The mount's type can't be \"cahce\".               ~ Did you mean cache?",
                "target               ~ The key target of the mount has no value.         ~ Write target=VALUE.",
                "targte=/a            ~ A mount has no key \"targte\".                     ~ Did you mean target?",
                "target=/a,           ~ A mount has no key \"\".                           ~ Use one of type, from",
                "target=/a,id=b       ~ A mount of the type bind has no key id.           ~ another type",
                "type=tmpfs,from=a    ~ A mount of the type tmpfs has no key from.        ~ another type",
                "type=ssh,rw          ~ A mount of the type ssh has no key readwrite.     ~ another type",
                "type=cache,env=a     ~ A mount of the type cache has no key env.         ~ another type",
                "ro=maybe             ~ The key readonly is either true or false          ~ readonly=false",
                "type=ssh,required=2  ~ The key required is either true or false          ~ required=false",
                "type=cache,sharing=x ~ The mount's sharing can't be \"x\".                ~ shared, private, locked",
                "type=cache,mode=0999 ~ The mount's mode can't be \"0999\".                ~ octal",
                "type=cache,mode=-1   ~ The mount's mode can't be \"-1\".                  ~ octal",
                "type=cache,uid=root  ~ The mount's uid can't be \"root\".                 ~ number such as 1000",
                "type=ssh,gid=4294967296 ~ The mount's gid can't be \"4294967296\".        ~ number such as 1000",
                "type=tmpfs,size=1x   ~ The mount's size can't be \"1x\".                  ~ 64m",
                "type=tmpfs,size=99999999p ~ The mount's size can't be                    ~ 64m",
                "type=secret          ~ The secret has no name.                           ~ id=NAME",
                "type=secret,id=a,src=b ~ The secret has both an id and a source           ~ Keep the id",
                "\"target=/a          ~ There is a double quote out of place              ~ Quote a field as a whole",
                "target=\"/a\"        ~ There is a double quote out of place              ~ Quote a field as a whole",
                "\"target=/a\"b       ~ There is a double quote out of place              ~ Quote a field as a whole",
                "\"                   ~ There is a double quote out of place              ~ Quote a field as a whole",
                "\"a\"\"              ~ There is a double quote out of place              ~ Quote a field as a whole",
            })
    void faultNamesProblemAndNextStep(String text, String problem, String hint) {
        assertThatThrownBy(() -> parse(text)).isInstanceOfSatisfying(DockerfileException.class, fault -> {
            assertThat(fault).hasMessageStartingWith("Dockerfile:3: " + problem);
            assertThat(fault.hint()).contains(hint);
        });
    }
}
