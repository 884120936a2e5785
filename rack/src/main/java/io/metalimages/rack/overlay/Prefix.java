package io.metalimages.rack.overlay;

import java.math.BigInteger;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * A range of addresses, such as {@code 10.0.16.0/22}.
 *
 * @param first its first address
 * @param length how many bits all of its addresses have in common
 */
public record Prefix(InetAddress first, int length) {

    /**
     * Reads a prefix. An address without a length stands for itself alone.
     *
     * @throws IllegalArgumentException if {@code text} is none
     */
    public static Prefix parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            return of(InetAddress.ofLiteral(text));
        }
        InetAddress address = InetAddress.ofLiteral(text.substring(0, slash));
        int length = Integer.parseInt(text.substring(slash + 1));
        if (length < 0 || length > bits(address)) {
            throw new IllegalArgumentException(text + " has no length between 0 and " + bits(address));
        }
        return new Prefix(address(number(address).andNot(hostBits(bits(address) - length)), address), length);
    }

    /** The prefix of a single address. */
    public static Prefix of(InetAddress address) {
        return new Prefix(address, bits(address));
    }

    public boolean isDefaultRoute() {
        return length == 0;
    }

    public boolean isIpv4() {
        return first instanceof Inet4Address;
    }

    public boolean contains(InetAddress address) {
        return contains(of(address));
    }

    /** Whether all addresses of {@code other} are in this one. */
    public boolean contains(Prefix other) {
        return isIpv4() == other.isIpv4()
                && length <= other.length
                && number(other.first).andNot(hostBits(bits(first) - length)).equals(number(first));
    }

    /**
     * The address that is {@code number} before the last one.
     *
     * @throws IllegalArgumentException if there are not as many
     */
    public InetAddress beforeLast(int number) {
        BigInteger size = hostBits(bits(first) - length);
        if (size.compareTo(BigInteger.valueOf(number)) < 0) {
            throw new IllegalArgumentException(this + " has no more than " + size + " addresses");
        }
        return address(number(first).add(size).subtract(BigInteger.valueOf(number)), first);
    }

    private static int bits(InetAddress address) {
        return address.getAddress().length * Byte.SIZE;
    }

    private static BigInteger hostBits(int number) {
        return BigInteger.ONE.shiftLeft(number).subtract(BigInteger.ONE);
    }

    private static BigInteger number(InetAddress address) {
        return new BigInteger(1, address.getAddress());
    }

    private static InetAddress address(BigInteger number, InetAddress like) {
        byte[] bytes = new byte[like.getAddress().length];
        byte[] digits = number.toByteArray();
        // There may be one more, for the sign.
        int kept = Math.min(digits.length, bytes.length);
        System.arraycopy(digits, digits.length - kept, bytes, bytes.length - kept, kept);
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new AssertionError("an address of the right length", e);
        }
    }

    @Override
    public String toString() {
        return first.getHostAddress() + "/" + length;
    }
}
