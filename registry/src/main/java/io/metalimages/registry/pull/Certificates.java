package io.metalimages.registry.pull;

import io.metalimages.common.FaultException;
import io.metalimages.common.ForeignText;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * The certificates that this machine keeps for registries, see containers-certs.d(5): in a directory of the registry's name,
 * {@code *.crt} of authorities that are trusted for it, and {@code *.cert} with {@code *.key} to show who one is. Immutable.
 */
final class Certificates {

    private static final String CERTIFICATES = "certs.d";
    private static final char[] NO_PASSWORD = new char[0];

    private final List<Path> directories;

    private Certificates(List<Path> directories) {
        this.directories = List.copyOf(directories);
    }

    /** Those of the user, of the container engines and of Docker. */
    static Certificates of(Map<String, String> environment) {
        List<Path> directories = new ArrayList<>();
        Optional.ofNullable(environment.get("HOME"))
                .filter(home -> !home.isEmpty())
                .ifPresent(home -> directories.add(Path.of(home, ".config", "containers", CERTIFICATES)));
        directories.add(Path.of("/etc/containers", CERTIFICATES));
        directories.add(Path.of("/etc/docker", CERTIFICATES));
        return new Certificates(directories);
    }

    /**
     * How the certificate of a registry is to be checked; empty for how Java does.
     *
     * @param registry a host, with its port if it is written
     * @throws FaultException if a file can't be used
     */
    Optional<SSLContext> find(String registry) throws IOException {
        Optional<Path> directory = directories.stream()
                .map(parent -> parent.resolve(registry))
                .filter(Files::isDirectory)
                .findFirst();
        if (directory.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(context(directory.get()));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw FaultException.wrongInput(
                    "The certificates in " + directory.get() + " can't be used: "
                            + ForeignText.line(String.valueOf(e.getMessage())) + ".",
                    "They are to be PEM; a key is to be PKCS #8 (openssl pkcs8 -topk8 -nodes).");
        }
    }

    private static SSLContext context(Path directory) throws IOException, GeneralSecurityException {
        KeyStore authorities = emptyStore();
        for (X509Certificate usual : usualAuthorities()) {
            authorities.setCertificateEntry("usual " + authorities.size(), usual);
        }
        for (Path file : files(directory, ".crt")) {
            for (Certificate own : certificates(file)) {
                authorities.setCertificateEntry("own " + authorities.size(), own);
            }
        }
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys(directory), trustManagers(authorities), null);
        return context;
    }

    private static KeyStore emptyStore() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        return store;
    }

    private static TrustManager[] trustManagers(@Nullable KeyStore authorities) throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(authorities);
        return factory.getTrustManagers();
    }

    private static List<X509Certificate> usualAuthorities() throws GeneralSecurityException {
        return Stream.of(trustManagers(null))
                .filter(X509TrustManager.class::isInstance)
                .flatMap(manager -> Stream.of(((X509TrustManager) manager).getAcceptedIssuers()))
                .toList();
    }

    private static List<Path> files(Path directory, String ending) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.filter(file -> file.toString().endsWith(ending))
                    .sorted()
                    .toList();
        }
    }

    private static Collection<? extends Certificate> certificates(Path file)
            throws IOException, GeneralSecurityException {
        try (InputStream input = Files.newInputStream(file)) {
            return CertificateFactory.getInstance("X.509").generateCertificates(input);
        }
    }

    private static KeyManager[] keys(Path directory) throws IOException, GeneralSecurityException {
        KeyStore store = emptyStore();
        for (Path file : files(directory, ".cert")) {
            String name = String.valueOf(file.getFileName()).replaceFirst("\\.cert$", "");
            Certificate[] chain = certificates(file).toArray(Certificate[]::new);
            if (chain.length == 0) {
                throw new GeneralSecurityException(file.getFileName() + " has no certificate");
            }
            PrivateKey key = key(
                    file.resolveSibling(name + ".key"), chain[0].getPublicKey().getAlgorithm());
            store.setKeyEntry(name, key, NO_PASSWORD, chain);
        }
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, NO_PASSWORD);
        return factory.getKeyManagers();
    }

    private static PrivateKey key(Path file, String algorithm) throws IOException, GeneralSecurityException {
        String text = Files.readString(file);
        int begin = text.indexOf("-----BEGIN PRIVATE KEY-----");
        int end = text.indexOf("-----END PRIVATE KEY-----");
        if (begin < 0 || end < begin) {
            throw new GeneralSecurityException(file.getFileName() + " has no key in the form PKCS #8");
        }
        String encoded = text.substring(text.indexOf('\n', begin), end);
        return KeyFactory.getInstance(algorithm)
                .generatePrivate(new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(encoded)));
    }

    /** For a registry whose certificate does not matter, as registries.conf says of it. */
    static SSLContext unchecked() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new AnyServer()}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Java has no TLS.", e);
        }
    }

    /** Trusts every server, whatever its name. */
    private static final class AnyServer extends X509ExtendedTrustManager {

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String algorithm) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String algorithm, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String algorithm, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String algorithm) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String algorithm, Socket socket) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String algorithm, SSLEngine engine) {
            throw new UnsupportedOperationException();
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
