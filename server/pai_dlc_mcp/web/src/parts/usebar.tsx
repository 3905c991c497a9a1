// What of a quota is used, by whom, and what is free, as one bar.

import { useWords } from "../i18n";
import { share, type Amounts, type Holder } from "../lib/quotas";

/** A segment a holder, what others hold, and what is free. */
export function UseBar({ holders, used, total, name }: { holders: Holder[]; used: Amounts; total: Amounts; name: string }) {
  const { t } = useWords();
  const [of, unit] = total.gpu ? (["gpu", "GPU"] as const) : (["cpu", "CPU"] as const);
  const named = holders.reduce((sum, holder) => sum + (holder.holds[of] ?? 0), 0);
  const rest = Math.max(0, (used[of] ?? 0) - named);
  const label = t("quotas.bar", { name, used: used[of] ?? 0, total: total[of] ?? 0, unit });
  return (
    <div class="usebar" role="img" aria-label={label}>
      {holders.map((holder, at) => (
        <i key={holder.jobId} class={`holder holder-${at % 4}`} style={{ width: `${share(holder.holds[of], total[of])}%` }} title={`${holder.name} · ${holder.user} · ${holder.holds[of]} ${unit}`} />
      ))}
      {rest > 0 && <i class="holder holder-other" style={{ width: `${share(rest, total[of])}%` }} title={t("quotas.others")} />}
    </div>
  );
}
