package org.molva.app;

import android.app.Notification;
import android.app.NotificationChannel;
import android.app.NotificationManager;
import android.app.PendingIntent;
import android.content.Context;
import android.content.Intent;
import com.google.firebase.messaging.FirebaseMessaging;
import com.google.firebase.messaging.FirebaseMessagingService;
import com.google.firebase.messaging.RemoteMessage;
import java.util.Map;

/** Receives pushes, shows them while the app is open too, and keeps the token under which they come. */
public final class PushService extends FirebaseMessagingService {
    private static final String FILE = "push";
    private static final String TOKEN = "token";
    private static final String CHANNEL = "points";

    /** The token as far as it is known; asks Firebase for it, which answers a moment later. */
    public static String token(Context context) {
        Context app = context.getApplicationContext();
        FirebaseMessaging.getInstance().getToken().addOnSuccessListener(token -> keep(app, token));
        return app.getSharedPreferences(FILE, Context.MODE_PRIVATE).getString(TOKEN, "");
    }

    @Override
    public void onNewToken(String token) {
        keep(this, token);
    }

    @Override
    public void onMessageReceived(RemoteMessage message) {
        RemoteMessage.Notification shown = message.getNotification();
        if (shown == null) {
            return;
        }
        Map<String, String> data = message.getData();
        NotificationManager manager = (NotificationManager) getSystemService(Context.NOTIFICATION_SERVICE);
        manager.createNotificationChannel(
            new NotificationChannel(CHANNEL, getString(R.string.app_name), NotificationManager.IMPORTANCE_DEFAULT));
        Intent open = getPackageManager().getLaunchIntentForPackage(getPackageName());
        Notification notification =
            new Notification.Builder(this, CHANNEL)
                .setSmallIcon(R.drawable.ic_notification)
                .setContentTitle(shown.getTitle())
                .setContentText(shown.getBody())
                .setStyle(new Notification.BigTextStyle().bigText(shown.getBody()))
                .setAutoCancel(true)
                .setContentIntent(PendingIntent.getActivity(this, 0, open, PendingIntent.FLAG_IMMUTABLE))
                .build();
        // A push that comes twice replaces itself: both carry the same id.
        manager.notify(data.get("nid"), 0, notification);
    }

    private static void keep(Context context, String token) {
        context.getSharedPreferences(FILE, Context.MODE_PRIVATE).edit().putString(TOKEN, token).apply();
    }
}
