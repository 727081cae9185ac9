"""How early the alarms on the quota of mails fire, and how often falsely, on simulated months."""
