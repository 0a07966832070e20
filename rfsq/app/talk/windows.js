// Several windows of one talk go together: whichever is moved tells the others.

/** @typedef {{ scene: number, black: boolean }} Place */

export class Windows {
  /**
   * @param {(place: Place) => void} follow
   * @param {() => Place} now
   */
  constructor(follow, now) {
    this.talk = ""; // names the talk: windows of others are left alone
    this.channel = new BroadcastChannel("rfsq-talk");
    this.channel.addEventListener("message", ({ data }) => {
      if (data?.talk !== this.talk) return;
      const { scene, black } = data;
      if (data.asks === true) this.tell(now());
      else if (Number.isInteger(scene) && typeof black === "boolean") follow({ scene, black });
    });
  }

  /** @param {Place} place */
  tell({ scene, black }) {
    this.channel.postMessage({ talk: this.talk, scene, black });
  }

  /** Where are the others? Whoever is there answers. */
  ask() {
    this.channel.postMessage({ talk: this.talk, asks: true });
  }

  end() {
    this.channel.close();
  }
}
