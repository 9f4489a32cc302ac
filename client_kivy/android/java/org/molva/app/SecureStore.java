package org.molva.app;

import android.content.Context;
import android.content.SharedPreferences;
import android.security.keystore.KeyGenParameterSpec;
import android.security.keystore.KeyProperties;
import android.util.Base64;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import javax.crypto.Cipher;
import javax.crypto.KeyGenerator;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;

/** Texts sealed with AES-GCM by a key that never leaves the Android keystore; the name is bound as associated data. */
public final class SecureStore {
    private static final String KEYSTORE = "AndroidKeyStore";
    private static final String ALIAS = "molva";
    private static final String FILE = "secrets";
    private static final String TRANSFORMATION = "AES/GCM/NoPadding";
    private static final int IV_BYTES = 12;
    private static final int TAG_BITS = 128;

    private SecureStore() {}

    /** The kept text; null where there is none or the key that sealed it is gone. */
    public static String read(Context context, String name) throws Exception {
        String kept = preferences(context).getString(name, null);
        if (kept == null) {
            return null;
        }
        byte[] sealed = Base64.decode(kept, Base64.NO_WRAP);
        try {
            Cipher cipher = Cipher.getInstance(TRANSFORMATION);
            cipher.init(Cipher.DECRYPT_MODE, key(), new GCMParameterSpec(TAG_BITS, sealed, 0, IV_BYTES));
            cipher.updateAAD(name.getBytes(StandardCharsets.UTF_8));
            byte[] text = cipher.doFinal(sealed, IV_BYTES, sealed.length - IV_BYTES);
            return new String(text, StandardCharsets.UTF_8);
        } catch (GeneralSecurityException gone) {
            // After a restore from a backup the preferences may be there without the key: the person signs in again.
            delete(context, name);
            return null;
        }
    }

    /** Keeps a text; returns only after it is written. */
    public static void write(Context context, String name, String text) throws Exception {
        Cipher cipher = Cipher.getInstance(TRANSFORMATION);
        cipher.init(Cipher.ENCRYPT_MODE, key());
        cipher.updateAAD(name.getBytes(StandardCharsets.UTF_8));
        byte[] body = cipher.doFinal(text.getBytes(StandardCharsets.UTF_8));
        byte[] iv = cipher.getIV();
        byte[] sealed = new byte[iv.length + body.length];
        System.arraycopy(iv, 0, sealed, 0, iv.length);
        System.arraycopy(body, 0, sealed, iv.length, body.length);
        String kept = Base64.encodeToString(sealed, Base64.NO_WRAP);
        if (!preferences(context).edit().putString(name, kept).commit()) {
            throw new IllegalStateException("the secret could not be written");
        }
    }

    /** Forgets a text. */
    public static void delete(Context context, String name) {
        preferences(context).edit().remove(name).commit();
    }

    private static SharedPreferences preferences(Context context) {
        return context.getSharedPreferences(FILE, Context.MODE_PRIVATE);
    }

    private static SecretKey key() throws Exception {
        KeyStore store = KeyStore.getInstance(KEYSTORE);
        store.load(null);
        SecretKey known = (SecretKey) store.getKey(ALIAS, null);
        if (known != null) {
            return known;
        }
        KeyGenerator generator = KeyGenerator.getInstance(KeyProperties.KEY_ALGORITHM_AES, KEYSTORE);
        generator.init(
            new KeyGenParameterSpec.Builder(
                    ALIAS, KeyProperties.PURPOSE_ENCRYPT | KeyProperties.PURPOSE_DECRYPT)
                .setBlockModes(KeyProperties.BLOCK_MODE_GCM)
                .setEncryptionPaddings(KeyProperties.ENCRYPTION_PADDING_NONE)
                .setKeySize(256)
                .build());
        return generator.generateKey();
    }
}
