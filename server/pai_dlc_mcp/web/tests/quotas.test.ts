import { describe, expect, it } from "vitest";

import { amountsOf, gpusToBeHad, holdersOf, parentOf, share } from "../src/lib/quotas";

describe("quotas", () => {
  it("are read as numbers", () => {
    expect(amountsOf("128 GPU, 2048 CPU, 16384 GiB")).toEqual({ gpu: 128, cpu: 2048, memoryGib: 16_384 });
    expect(amountsOf("1,024 CPU")).toEqual({ gpu: null, cpu: 1024, memoryGib: null });
    expect(amountsOf(undefined)).toEqual({ gpu: null, cpu: null, memoryGib: null });
  });
  it("name their holders, whatever the job is called", () => {
    const found = holdersOf('56 GPU, 448 CPU dlcqs3d5 "pretrain-b" of bob; 32 GPU, 256 CPU dlcbx99 "a; 3 \\" of of" of alice');
    expect(found.map((one) => [one.jobId, one.name, one.user, one.holds.gpu])).toEqual([
      ["dlcqs3d5", "pretrain-b", "bob", 56], ["dlcbx99", 'a; 3 \\" of of', "alice", 32],
    ]);
    expect(holdersOf(undefined)).toEqual([]);
  });
  it("name their parent and what is free there", () => {
    expect(parentOf("quota7 (free 30 GPU, 496 CPU, 1952 GiB)")).toEqual({ id: "quota7", free: { gpu: 30, cpu: 496, memoryGib: 1952 } });
    expect(parentOf("quota7")).toEqual({ id: "quota7", free: { gpu: null, cpu: null, memoryGib: null } });
    expect(parentOf("")).toBeNull();
    expect(parentOf(undefined)).toBeNull();
  });
  it("give no more GPUs than their parent has free", () => {
    const [own, above] = [amountsOf("16 GPU"), amountsOf("2 GPU")];
    expect(gpusToBeHad(own, above)).toBe(2);
    expect(gpusToBeHad(above, own)).toBe(2);
    expect(gpusToBeHad(own, undefined)).toBe(16);
    expect(gpusToBeHad(own, amountsOf("8 CPU"))).toBe(16);
    expect(gpusToBeHad(amountsOf("8 CPU"), above)).toBeNull();
  });
  it("have shares from 0 to 100", () => {
    expect(share(1, 4)).toBe(25);
    expect(share(9, 4)).toBe(100);
    expect(share(1, 0)).toBe(0);
    expect(share(null, 4)).toBe(0);
  });
});
