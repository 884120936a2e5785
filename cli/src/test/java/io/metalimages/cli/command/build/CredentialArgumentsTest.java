package io.metalimages.cli.command.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.common.FaultException;
import io.metalimages.engine.StepCredentials;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CredentialArgumentsTest {

    @TempDir
    Path directory;

    @Test
    void secretsAreFilesOrVariables() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "of a file");
        StepCredentials credentials = CredentialArguments.read(
                List.of("id=a,src=" + file, "id=b,env=B", "id=C", "type=env,id=d,src=B"),
                List.of("default", "other=" + file),
                Map.of("B", "of b", "C", "of c", "SSH_AUTH_SOCK", file.toString()));
        assertThat(credentials.secrets().get("a")).asString().isEqualTo("of a file");
        assertThat(credentials.secrets().get("b")).asString().isEqualTo("of b");
        assertThat(credentials.secrets().get("C")).asString().isEqualTo("of c");
        assertThat(credentials.secrets().get("d")).asString().isEqualTo("of b");
        assertThat(credentials.agents()).isEqualTo(Map.of("default", file, "other", file));
        assertThat(credentials.toString()).doesNotContain("of ");
    }

    @Test
    void whatIsNotThereIsNamed() {
        for (String wrong : List.of("src=/a", "id=a,src=" + directory, "id=a,env=B", "id=a,b=c", "id=a")) {
            assertThatThrownBy(() -> CredentialArguments.read(List.of(wrong), List.of(), Map.of()))
                    .as(wrong)
                    .isInstanceOfSatisfying(
                            FaultException.class,
                            fault -> assertThat(fault.category()).isEqualTo(FaultException.Category.WRONG_INPUT));
        }
        for (String wrong : List.of("default", "other=/not/there", "=")) {
            assertThatThrownBy(() -> CredentialArguments.read(List.of(), List.of(wrong), Map.of()))
                    .hasMessageContaining("there is no SSH agent");
        }
    }
}
